/**
 * The list of sessions as the views see it: signals that change, and the verbs that change them. Rows are fetched a
 * window at a time, so that a list of any length costs what is on the screen. It knows the transport and no DOM.
 */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { copyText } from "./host.js";
import { linkTo } from "./links.js";
import { Selected } from "./selected.js";
import type {
  Change,
  ExportFormat,
  Facet,
  Found,
  Group,
  SessionView,
  SessionWindow,
  Sort,
} from "./sessionsWire.js";
import { type Connection, type Push, problemOf, type Says, type Transport } from "./transport.js";
import { zone } from "./when.js";
import type { Session, Work } from "./wire.js";
import { trans } from "./words.js";

/** What happens outside the list when somebody uses it. */
export interface SessionsHost {
  /** A session was clicked; with the message that a search has found in it. */
  open(sessionId: string, messageId: string | null): void;
  /** Other sessions are selected. */
  select(ids: string[]): void;
}

export interface Notice {
  text: string;
  undo: (() => void) | null;
}

const WINDOW = 80;
/** Of a search: 9,600 passages. Beyond that, more words find more than more scrolling does. */
const FARTHEST = 32;
export const EVERYTHING: SessionView = {
  words: "",
  sort: "updated",
  tags: [],
  model: null,
  pinned: false,
  archived: false,
  files: false,
  reach: 1,
};

export class SessionList {
  readonly view: Signal<SessionView> = signal(EVERYTHING);
  /** Rows by their place; those that were never looked at are missing. */
  readonly rows: Signal<ReadonlyMap<number, Session>> = signal(new Map());
  readonly groups: Signal<Group[]> = signal([]);
  readonly total = signal(0);
  readonly found: Signal<Record<string, Found>> = signal({});
  readonly answering: Signal<Record<string, string>> = signal({});
  readonly more = signal(false);
  /** The first window has come. */
  readonly ready = signal(false);
  /** What is shown does not yet belong to `view`. */
  readonly behind = signal(false);
  readonly facets: Signal<{ tags: Facet[]; models: Facet[] }> = signal({ tags: [], models: [] });
  /** Place of the row that the keyboard is on. */
  readonly active = signal(0);
  /** Counts the times the keyboard went to a row: the list brings it into view and focuses it. */
  readonly focused = signal(0);
  /** Counts the times the list begins anew, from its top. */
  readonly begun = signal(0);
  readonly current: Signal<string | null> = signal(null);
  readonly renaming: Signal<string | null> = signal(null);
  readonly connection: Signal<Connection> = signal("connecting");
  /** What the transport says about a connection that is not there. */
  readonly trouble: Signal<Says | null> = signal(null);
  /** What takes long and is under way, such as an export. */
  readonly work: Signal<Work | null> = signal(null);
  readonly problem: Signal<{ message: string; hint: string } | null> = signal(null);
  readonly notice: Signal<Notice | null> = signal(null);
  /** What assistive technology is told: one short sentence at a time. */
  readonly status = signal("");
  readonly searching: ReadonlySignal<boolean> = computed(() => this.view.value.words.trim() !== "");
  readonly narrowed: ReadonlySignal<boolean> = computed(
    () => this.searching.value || filters(this.view.value) > 0,
  );
  readonly selected: Selected;

  readonly #transport: Transport;
  readonly #host: SessionsHost;
  readonly #unsubscribe: () => void;
  /** Places whose rows are known to be as the database has them. */
  #fresh = new Set<number>();
  #wanted = { first: 0, last: WINDOW - 1 };
  /** The last row that somebody has scrolled to. */
  #seen = -1;
  /** Counts the views: an answer to an earlier one is dropped. */
  #generation = 0;
  /** Counts the changes: an answer from before one is shown, and asked for again. */
  #edition = 0;
  #loading = -1;
  #stale = false;
  #sortBefore: Sort = "updated";

  constructor(transport: Transport, host: SessionsHost) {
    this.#transport = transport;
    this.#host = host;
    this.selected = new Selected(
      (ids) => host.select(ids),
      (offset, limit) => this.#try(transport.call("sessions.ids", { view: this.view.value, offset, limit })),
    );
    this.#unsubscribe = transport.subscribe((push) => this.#onPush(push));
  }

  dispose(): void {
    this.#unsubscribe();
  }

  async connect(): Promise<void> {
    this.problem.value = null;
    await this.#load();
    void this.readFacets();
  }

  /** Changes what is shown; the list begins anew at its top. */
  show(change: Partial<SessionView>): void {
    const before = this.view.value;
    const next = { ...before, reach: 1, ...change };
    const searches = next.words.trim() !== "";
    if (searches && before.words.trim() === "") {
      this.#sortBefore = before.sort;
      next.sort = "match";
    } else if (!searches && next.sort === "match") next.sort = this.#sortBefore;
    this.#generation += 1;
    this.#loading = -1;
    this.#wanted = { first: 0, last: WINDOW - 1 };
    this.#seen = -1;
    this.#fresh = new Set();
    batch(() => {
      this.view.value = next;
      this.behind.value = true;
    });
    void this.#load();
  }

  /** These rows are on the screen, or about to be. */
  need(first: number, last: number): void {
    this.#wanted = { first, last };
    this.#seen = last;
    if (this.#loading < 0) void this.#load();
  }

  /** Somebody may have changed something: what is on the screen is read again. */
  refresh(): void {
    if (this.renaming.value !== null) {
      this.#stale = true; // a row must not move away while its title is being typed
      return;
    }
    this.#edition += 1;
    this.#fresh = new Set();
    if (this.#loading < 0) void this.#load();
  }

  async readFacets(): Promise<void> {
    const facets = await this.#try(this.#transport.call("sessions.facets", { ids: null }));
    if (facets !== null) this.facets.value = facets;
  }

  async tagsOf(ids: string[]): Promise<Facet[]> {
    return (await this.#try(this.#transport.call("sessions.facets", { ids })))?.tags ?? [];
  }

  /** Puts the keyboard on a row. */
  goTo(index: number): void {
    batch(() => {
      this.active.value = Math.max(0, Math.min(this.total.value - 1, index));
      this.focused.value += 1;
    });
  }

  /** A selection grows from where it began to this row. */
  async extendTo(index: number): Promise<void> {
    await this.selected.through(Math.max(0, Math.min(this.total.value - 1, index)));
  }

  open(session: Session): void {
    this.current.value = session.id;
    this.#host.open(session.id, this.found.value[session.id]?.message_id ?? null);
  }

  beginRename(session: Session): void {
    this.renaming.value = session.id;
  }

  async rename(session: Session, title: string | null): Promise<void> {
    if (this.renaming.value === session.id) this.renaming.value = null;
    if (title !== null && title.trim() !== "" && title.trim() !== session.title) {
      this.#replace({ ...session, title: title.trim() });
      const renamed = await this.#try(this.#transport.call("sessions.rename", { id: session.id, title }));
      this.#replace(renamed === null ? session : { ...session, title: renamed.title });
      if (renamed !== null) this.status.value = trans.__("Renamed to %1.", renamed.title);
    }
    if (this.#stale) this.refresh();
    this.#stale = false;
  }

  async change(change: Change, said: string, back: Omit<Change, "ids"> | null = null): Promise<boolean> {
    const done = await this.#try(this.#transport.call("sessions.change", change));
    if (done === null) return false;
    this.say(said, back && (() => void this.change({ ids: change.ids, ...back }, trans.__("Undone."))));
    this.refresh();
    if (change.tag !== undefined || change.untag !== undefined) void this.readFacets();
    return true;
  }

  async remove(ids: string[]): Promise<void> {
    const what = this.nameOf(ids);
    const gone = await this.#try(this.#transport.call("sessions.delete", { ids }));
    if (gone === null) return;
    this.selected.forget(gone.ids);
    this.say(trans.__("Deleted %1.", what), () => void this.#restore(gone.ids, what));
    this.refresh();
  }

  async export(ids: string[], format: ExportFormat): Promise<void> {
    this.say(trans.__("Exporting %1…", this.nameOf(ids)));
    const written = await this.#try(this.#transport.call("sessions.export", { ids, format }));
    if (written === null) this.notice.value = null;
    else this.say(trans.__("Exported %1 to `%2`.", this.nameOf(ids), written.path));
  }

  /** Lets what takes long end before it is done. */
  cancelWork(): void {
    const work = this.work.value;
    if (work !== null) this.#transport.stop({ ask: work.call, message_id: null });
  }

  async query(): Promise<{ sql: string; python: string } | null> {
    return this.#try(this.#transport.call("sessions.query", { view: this.view.value }));
  }

  /** Puts a link to a session on the clipboard, to be pasted into Markdown. */
  async copyLink({ id, title }: Session): Promise<void> {
    if (await copyText(linkTo("session", id, title || trans.__("Untitled"))))
      this.say(trans.__("Link copied."));
    else this.problem.value = { message: trans.__("The link could not be copied."), hint: "" };
  }

  say(text: string, undo: (() => void) | null = null): void {
    batch(() => {
      this.notice.value = { text, undo };
      this.status.value = text;
    });
  }

  /** `“A title”`, or how many sessions. */
  nameOf(ids: string[]): string {
    const only = ids.length === 1 ? [...this.rows.value.values()].find(({ id }) => id === ids[0]) : undefined;
    if (only !== undefined) return trans.__("“%1”", only.title || trans.__("Untitled"));
    return trans._n("%1 session", "%1 sessions", ids.length);
  }

  async #restore(ids: string[], what: string): Promise<void> {
    if ((await this.#try(this.#transport.call("sessions.restore", { ids }))) === null) return;
    this.say(trans.__("Restored %1.", what));
    this.refresh();
  }

  /** Fetches what is wanted and missing, one window after the other. */
  async #load(): Promise<void> {
    const generation = this.#generation;
    for (let offset = this.#missing(); offset !== null; offset = this.#missing()) {
      this.#loading = offset;
      const edition = this.#edition;
      const args = { view: this.view.value, offset, limit: WINDOW, zone: zone() };
      const window = await this.#try(this.#transport.call("sessions.browse", args));
      if (generation !== this.#generation) return;
      if (window === null) {
        this.#loading = -1;
        return;
      }
      this.#take(window, edition === this.#edition);
    }
    this.#loading = -1;
    this.#lookFarther();
  }

  /** Whoever has come to the end of what a search has found gets what it finds among twice as many passages. */
  #lookFarther(): void {
    const { reach } = this.view.value;
    if (!this.more.value || this.#seen < this.total.value - 1 || reach >= FARTHEST) return;
    this.view.value = { ...this.view.value, reach: reach * 2 };
    this.refresh();
  }

  #missing(): number | null {
    const end = this.ready.value && !this.behind.value ? this.total.value - 1 : WINDOW - 1;
    for (let index = Math.max(0, this.#wanted.first); index <= Math.min(this.#wanted.last, end); index += 1)
      if (!this.#fresh.has(index)) return index;
    // An empty list is asked for once more after a change: it may have got its first row.
    return !this.#fresh.has(-1) ? Math.max(0, Math.min(this.#wanted.first, end)) : null;
  }

  #take(window: SessionWindow, fresh: boolean): void {
    const anew = this.behind.value || !this.ready.value;
    const rows = new Map(anew ? [] : this.rows.value);
    const onRow = this.rows.value.get(this.active.value)?.id;
    for (const index of rows.keys()) if (index >= window.total) rows.delete(index);
    if (fresh) this.#fresh.add(-1);
    window.items.forEach((session, number) => {
      rows.set(window.offset + number, session);
      if (fresh) this.#fresh.add(window.offset + number);
    });
    batch(() => {
      this.rows.value = rows;
      this.groups.value = window.groups;
      this.total.value = window.total;
      this.answering.value = window.answering;
      this.more.value = window.more;
      this.found.value = anew ? window.found : { ...this.found.value, ...window.found };
      this.ready.value = true;
      this.behind.value = false;
      this.problem.value = null;
      this.selected.order = (index) => rows.get(index)?.id;
      if (anew) {
        this.active.value = 0;
        this.begun.value += 1;
        if (this.narrowed.value) this.status.value = trans.__("%1 found.", this.nameOfCount());
      } else this.#follow(onRow, window);
    });
  }

  nameOfCount(): string {
    return trans._n("%1 session", "%1 sessions", this.total.value);
  }

  /** The keyboard stays on its session when that has moved. */
  #follow(id: string | undefined, window: SessionWindow): void {
    const number = window.items.findIndex((session) => session.id === id);
    if (number >= 0) this.active.value = window.offset + number;
    else this.active.value = Math.max(0, Math.min(this.active.value, window.total - 1));
  }

  #replace(session: Session): void {
    const rows = new Map(this.rows.value);
    for (const [index, { id }] of rows) if (id === session.id) rows.set(index, session);
    this.rows.value = rows;
  }

  #onPush(push: Push): void {
    if (push.kind === "open") this.current.value = push.session_id;
    else if (push.kind === "change") this.refresh();
    else if (push.kind === "work") this.work.value = push.text === "" ? null : push;
    else if (push.kind === "live" && TURNS.has(push.event.type)) this.refresh();
    else if (push.kind === "connection") {
      this.connection.value = push.state;
      this.trouble.value = push.says ?? null;
      if (push.state === "connecting" || push.state === "gone") this.work.value = null;
      if (push.state === "connecting" && this.ready.value) this.refresh();
    }
  }

  async #try<T>(call: Promise<T>): Promise<T | null> {
    try {
      return await call;
    } catch (error) {
      if (this.connection.value !== "gone") this.problem.value = problemOf(error);
      return null;
    }
  }
}

const TURNS = new Set<string>(["started", "titled", "finished", "failed"]);

/** How many filters are set. */
export function filters({ tags, model, pinned, archived, files }: SessionView): number {
  return tags.length + [model !== null, pinned, archived, files].filter(Boolean).length;
}
