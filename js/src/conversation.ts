/**
 * One conversation as the views see it: what is known of it, and the verbs that change it. It knows the transport
 * and no DOM.
 */

import { Answers } from "./answers.js";
import { ConversationState } from "./conversationState.js";
import {
  among,
  type Entry,
  findTurn,
  isStreaming,
  liveTurn,
  mergePage,
  note,
  prepend,
  type Turn,
} from "./entries.js";
import { Finding } from "./finding.js";
import type { Frame } from "./growing.js";
import { Models } from "./models.js";
import { Revisions } from "./revisions.js";
import type { Attachment, Connection, Push, Transport } from "./transport.js";
import type { Completion, Hello, ModelInfo, Source } from "./wire.js";
import { trans } from "./words.js";

/** Messages of a page on the way to one far above. */
const LEAP = 500;

export class Conversation extends ConversationState {
  readonly models: Models;
  readonly finding: Finding;
  readonly revisions: Revisions;

  readonly #answers: Answers;
  readonly #transport: Transport;
  readonly #frame: Frame | undefined;
  readonly #unsubscribe: () => void;
  #loadingEarlier: Promise<void> | null = null;
  #refreshing: Promise<void> | null = null;
  #stale = false;
  /** More than the newest page has to be read again. */
  #staleAbove = false;
  /** A link that was followed before there was anybody to ask. */
  #wanted: string | null = null;

  constructor(transport: Transport, frame?: Frame) {
    super();
    this.#transport = transport;
    this.#frame = frame;
    this.models = new Models(transport, (call) => this.attempt(call));
    this.#answers = new Answers(this, transport, () => void this.#refresh(), frame);
    this.revisions = new Revisions(this, transport, (messageId) => this.#readAnew(messageId));
    this.finding = new Finding(this, transport, (messageId) => this.loadUntil(messageId));
    this.#unsubscribe = transport.subscribe((push) => this.#onPush(push));
  }

  dispose(): void {
    this.#unsubscribe();
  }

  /** Says hello and shows what the kernel has: the session, its last page, answers that are being written. */
  async connect(): Promise<void> {
    const hello = await this.attempt(this.#transport.call("hello", {}));
    if (hello === null) return;
    this.models.list.value = hello.models;
    this.limits.value = hello.limits;
    this.sendKey.value = hello.ui.send_key;
    this.#show(hello);
    this.ready.value = true;
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted !== null) void this.follow(wanted);
  }

  async open(sessionId: string): Promise<void> {
    const hello = await this.attempt(this.#transport.call("session.open", { session_id: sessionId }));
    if (hello !== null) this.#show(hello);
  }

  /** Opens what a `squid:` link leads to: a session, or a message in its session. */
  async follow(uri: string): Promise<void> {
    if (!this.ready.value) {
      this.#wanted = uri;
      return;
    }
    const found = await this.attempt(this.#transport.call("link.follow", { uri }));
    if (found === null) return;
    const { session_id, message_id } = found;
    const there = message_id !== null && findTurn(this.entries.value, message_id) !== undefined;
    if (session_id !== this.sessionId.value) await this.open(session_id);
    else if (message_id !== null && !there) await this.#reread(true);
    if (session_id !== this.sessionId.value) return;
    this.problem.value = null;
    this.status.value = trans.__("Opened “%1”.", this.title.value || trans.__("Untitled"));
    if (message_id !== null && (await this.loadUntil(message_id)))
      this.target.value = { id: message_id, linked: true };
  }

  async newChat(): Promise<void> {
    if ((await this.attempt(this.#transport.call("session.new", {}))) === null) return;
    this.clear();
    this.status.value = trans.__("New chat.");
  }

  override clear(): void {
    super.clear();
    this.finding.hide();
  }

  send(prompt: string, attachments: Attachment[] = []): void {
    this.#answers.send(prompt, attachments);
  }

  /** Asks a question in other words, with those of its attachments that it keeps. */
  edit(turn: Turn, prompt: string, kept: Source[] = turn.message.sources): void {
    this.#answers.edit(turn, prompt, kept);
  }

  /** Asks the question of an answer once more; the old answer stays as another version. */
  retry(turn: Turn): void {
    this.#answers.retry(turn);
  }

  /** The same by another model, for this answer alone. */
  retryWith(turn: Turn, model: ModelInfo): void {
    this.#answers.retry(turn, model);
  }

  /** Lets the model go on from the end of an unfinished answer. */
  goOn(turn: Turn): void {
    this.#answers.goOn(turn);
  }

  stop(): void {
    this.#answers.stop();
  }

  async rename(title: string): Promise<void> {
    const sessionId = this.sessionId.value;
    if (sessionId === null) return;
    const before = this.title.value;
    this.title.value = title;
    const call = this.#transport.call("session.rename", { session_id: sessionId, title });
    const session = await this.attempt(call);
    this.title.value = session?.title ?? before;
  }

  /** The page above; requests during a request become one. */
  loadEarlier(limit?: number): Promise<void> {
    this.#loadingEarlier ??= this.#readEarlier(limit).finally(() => {
      this.#loadingEarlier = null;
    });
    return this.#loadingEarlier;
  }

  /** Loads earlier messages until this one is there; false when it is not in the conversation. */
  async loadUntil(messageId: string): Promise<boolean> {
    while (findTurn(this.entries.value, messageId) === undefined) {
      const before = this.earlier.value;
      if (before === null) return false;
      await this.loadEarlier(LEAP);
      if (this.earlier.value === before) return false;
    }
    return true;
  }

  async #readEarlier(limit?: number): Promise<void> {
    const before = this.earlier.value;
    const session_id = this.sessionId.value;
    if (before === null || session_id === null) return;
    const args = limit === undefined ? { session_id, before } : { session_id, before, limit };
    const page = await this.attempt(this.#transport.call("messages", args));
    if (page === null || session_id !== this.sessionId.value) return;
    this.entries.value = prepend(this.entries.value, page.items);
    this.earlier.value = page.cursor;
  }

  async command(line: string): Promise<void> {
    const result = await this.attempt(this.#transport.call("command", { line }));
    if (result === null) return;
    if (result.moved) await this.connect();
    if (result.markdown !== "") this.say(result.markdown);
  }

  /** Lets a command end before it is done. */
  cancelWork(): void {
    const work = this.work.value;
    if (work !== null) this.#transport.stop({ ask: work.call, message_id: null });
  }

  /** Shows a local note below the conversation. */
  say(markdown: string): void {
    this.entries.value = [...this.entries.value, note(markdown)];
  }

  async complete(text: string, cursor: number): Promise<Completion | null> {
    return this.#transport.call("complete", { text, cursor }).catch(() => null);
  }

  /** Opens the last question for editing, in its own place; not while Squid answers. */
  editLast(): void {
    const isQuestion = (entry: Entry) => entry.kind === "turn" && entry.message.role === "user";
    if (!this.busy.value) this.editing.value = this.entries.value.findLast(isQuestion)?.key ?? null;
  }

  #onPush(push: Push): void {
    switch (push.kind) {
      case "connection":
        this.trouble.value = push.says ?? null;
        this.#onConnection(push.state);
        break;
      case "waiting":
        this.waiting.value = push.message;
        break;
      case "work":
        this.work.value = push.text === "" ? null : push;
        break;
      case "open":
        this.#onOpen(push.session_id);
        break;
      case "follow":
        void this.follow(push.uri);
        break;
      case "change":
        if (push.session_id === this.sessionId.value) void this.#refresh(push.what === "rewritten");
        break;
      case "live":
        if (push.session_id === this.sessionId.value) this.#onLive(push);
    }
  }

  #onConnection(state: Connection): void {
    const before = this.connection.value;
    this.connection.value = state;
    if (state !== "live") this.waiting.value = "";
    if (state === "connecting" || state === "gone") this.work.value = null;
    const returned = state === "live" && (before === "gone" || (before === "silent" && !this.ready.value));
    if (state === "connecting" || returned) void this.connect();
  }

  #onOpen(sessionId: string | null): void {
    // While an own first question is on its way, the kernel announces the session that it made for it.
    if (sessionId === this.sessionId.value || (this.sessionId.value === null && this.busy.value)) return;
    if (!this.ready.value) return;
    if (sessionId === null) this.clear();
    else void this.open(sessionId);
  }

  /** An answer that somebody else asked for, in this session. */
  #onLive({ message_id, event, ask }: Push & { kind: "live" }): void {
    if (event.type === "titled") this.title.value = event.title;
    const turn = findTurn(this.entries.value, message_id);
    // A partial text from the database, of which this page has missed a part: read it again.
    if (turn !== undefined && isStreaming(turn) && turn.body.done) void this.#refresh();
    else if (turn !== undefined) this.#answers.take(turn.key, event);
    else if (event.type === "started") {
      this.#answers.overhear(message_id, event, ask);
      void this.#refresh();
    }
  }

  /**
   * Reads the newest page again, or all that is loaded; what is wanted during a reading, which may be of before, is
   * read once after it.
   */
  #refresh(above = false): Promise<void> {
    this.#stale = true;
    this.#staleAbove ||= above;
    this.#refreshing ??= this.#rereadWhileStale().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #rereadWhileStale(): Promise<void> {
    while (this.#stale) {
      const above = this.#staleAbove;
      this.#stale = this.#staleAbove = false;
      if (above) await this.#rereadLoaded();
      else await this.#reread();
    }
  }

  /** As much as is loaded: what others have deleted or changed above the newest page is there no more. */
  async #rereadLoaded(): Promise<void> {
    const session_id = this.sessionId.value;
    if (session_id === null) return;
    const hello = await this.attempt(this.#transport.call("session.open", { session_id }));
    if (hello === null) return;
    const loaded = this.entries.value.filter((entry) => entry.kind === "turn").length;
    let { items, cursor } = hello.page;
    while (cursor !== null && items.length < loaded) {
      const args = { session_id, before: cursor, limit: LEAP };
      const page = await this.attempt(this.#transport.call("messages", args));
      if (page === null) return;
      items = [...page.items, ...items];
      cursor = page.cursor;
    }
    if (session_id === this.sessionId.value) this.#show({ ...hello, page: { items, cursor } }, true);
  }

  async #reread(fresh = false): Promise<void> {
    const sessionId = this.sessionId.value;
    if (sessionId === null) return;
    const hello = await this.attempt(this.#transport.call("session.open", { session_id: sessionId }));
    if (hello !== null && sessionId === this.sessionId.value) this.#show(hello, fresh);
  }

  /** After something above has changed: what is loaded is read again, down to this message. */
  async #readAnew(messageId?: string): Promise<void> {
    if (messageId === undefined) {
      await this.#refresh();
      return;
    }
    await this.#refreshing;
    await this.#reread(true);
    if (await this.loadUntil(messageId)) this.target.value = { id: messageId };
  }

  #show(hello: Hello, fresh = false): void {
    const sessionId = hello.session?.id ?? null;
    const same = sessionId !== null && sessionId === this.sessionId.value;
    const known = same || (sessionId === null && this.busy.value) ? this.entries.value : [];
    const entries = mergePage(fresh ? among(known, hello.page.items) : known, hello.page.items);
    const kept = !fresh && same && entries.length > 0 && entries[0] === known[0] && known.length > 0;
    this.sessionId.value = sessionId ?? (this.busy.value ? this.sessionId.value : null);
    this.title.value = hello.session?.title ?? this.title.value;
    this.models.current.value = hello.model;
    this.models.host.value = hello.host ?? null;
    this.hidden.value = hello.hidden ?? 0;
    this.context.value = hello.context;
    if (!kept) this.earlier.value = hello.page.cursor;
    this.entries.value = hello.live.reduce((list, live) => this.#withLive(list, live), entries);
  }

  #withLive(entries: Entry[], live: Hello["live"][number]): Entry[] {
    const stored = findTurn(entries, live.message_id);
    if (stored === undefined || !stored.body.done) return entries;
    const message = { ...stored.message, content: live.text, reasoning: live.reasoning };
    const turn = { ...liveTurn(message, this.#frame), key: stored.key, ask: live.ask ?? null };
    return entries.map((entry) => (entry.key === stored.key ? turn : entry));
  }
}
