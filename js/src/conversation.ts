/**
 * One conversation as the views see it: signals that change, and the verbs that change them. It knows the
 * transport and no DOM.
 */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { pendingSource } from "./attachments.js";
import {
  announcement,
  applyEvent,
  blankMessage,
  change,
  type Entry,
  findTurn,
  isLive,
  isStreaming,
  liveTurn,
  mergePage,
  note,
  prepend,
  questionOf,
  settle,
  storedTurn,
  type Turn,
} from "./entries.js";
import type { Frame } from "./growing.js";
import { newId } from "./ids.js";
import { Models } from "./models.js";
import type { Attachment, Connection, Push, Transport } from "./transport.js";
import { TransportError } from "./transport.js";
import type { AnswerEvent, Completion, ContextUse, Hello, Limits, SendKey, Started, Used } from "./wire.js";

export interface Problem {
  message: string;
  hint: string;
}

export class Conversation {
  readonly ready = signal(false);
  readonly sessionId: Signal<string | null> = signal(null);
  readonly title = signal("");
  readonly entries: Signal<Entry[]> = signal([]);
  /** Cursor of the page above the first message; null at the top. */
  readonly earlier: Signal<string | null> = signal(null);
  readonly models: Models;
  readonly limits: Signal<Limits> = signal({ max_file_size_mb: 10, max_files_per_message: 5 });
  readonly context: Signal<ContextUse | null> = signal(null);
  readonly sendKey: Signal<SendKey> = signal("enter");
  readonly connection: Signal<Connection> = signal("connecting");
  /** What the transport says about a connection that is not there. */
  readonly trouble: Signal<Problem | null> = signal(null);
  readonly problem: Signal<Problem | null> = signal(null);
  /** Counts the questions asked here; each is worth bringing into view. */
  readonly sent = signal(0);
  /** What assistive technology is told: one short sentence at a time. */
  readonly status = signal("");
  readonly busy: ReadonlySignal<boolean> = computed(() => this.entries.value.some(isLive));

  readonly #transport: Transport;
  readonly #frame: Frame | undefined;
  readonly #unsubscribe: () => void;
  #loadingEarlier = false;
  #refreshing: Promise<void> | null = null;

  constructor(transport: Transport, frame?: Frame) {
    this.#transport = transport;
    this.#frame = frame;
    this.models = new Models(transport, (call) => this.#try(call));
    this.#unsubscribe = transport.subscribe((push) => this.#onPush(push));
  }

  dispose(): void {
    this.#unsubscribe();
  }

  /** Says hello and shows what the kernel has: the session, its last page, answers that are being written. */
  async connect(): Promise<void> {
    const hello = await this.#try(this.#transport.call("hello", {}));
    if (hello === null) return;
    this.models.list.value = hello.models;
    this.limits.value = hello.limits;
    this.sendKey.value = hello.ui.send_key;
    this.#show(hello);
    this.ready.value = true;
  }

  async open(sessionId: string): Promise<void> {
    const hello = await this.#try(this.#transport.call("session.open", { session_id: sessionId }));
    if (hello !== null) this.#show(hello);
  }

  async newChat(): Promise<void> {
    if ((await this.#try(this.#transport.call("session.new", {}))) === null) return;
    this.#clear();
    this.status.value = "New chat.";
  }

  #clear(): void {
    this.sessionId.value = null;
    this.title.value = "";
    this.entries.value = [];
    this.earlier.value = null;
    const limit = this.context.value?.limit;
    this.context.value = limit === undefined ? null : { tokens: 0, limit };
  }

  send(prompt: string, attachments: Attachment[] = []): void {
    const sources = attachments.map(pendingSource);
    const question: Turn = {
      ...storedTurn(blankMessage({ content: prompt, sources, session_id: this.sessionId.value ?? "" })),
      key: newId(),
    };
    const answer = liveTurn({ session_id: question.message.session_id }, this.#frame);
    this.entries.value = [...this.entries.value, question, answer];
    this.#ask(answer.key, { prompt, again: null, attachments }, question.key);
  }

  /** Asks the question of an unfinished answer once more; the new answer takes the old one's place. */
  retry(turn: Turn): void {
    const entries = this.entries.value;
    const question = questionOf(entries, turn);
    const questionId = turn.message.parent_id ?? (question?.message.id || null);
    if (questionId === null && question === undefined) return;
    const answer = liveTurn({ session_id: turn.message.session_id, parent_id: questionId }, this.#frame);
    answer.message = { ...answer.message, siblings: turn.message.siblings + (turn.message.id ? 1 : 0) };
    this.entries.value = entries.map((entry) => (entry.key === turn.key ? answer : entry));
    const prompt = question?.message.content ?? "";
    this.#ask(answer.key, { prompt, again: questionId, attachments: [] }, question?.key ?? null);
  }

  stop(): void {
    const running = this.entries.value.filter(isLive);
    for (const { ask, message } of running) this.#transport.stop({ ask, message_id: message.id || null });
    if (running.length > 0) this.status.value = "Stopping.";
  }

  async rename(title: string): Promise<void> {
    const sessionId = this.sessionId.value;
    if (sessionId === null) return;
    const before = this.title.value;
    this.title.value = title;
    const call = this.#transport.call("session.rename", { session_id: sessionId, title });
    const session = await this.#try(call);
    this.title.value = session?.title ?? before;
  }

  async loadEarlier(): Promise<void> {
    const before = this.earlier.value;
    const sessionId = this.sessionId.value;
    if (before === null || sessionId === null || this.#loadingEarlier) return;
    this.#loadingEarlier = true;
    const page = await this.#try(this.#transport.call("messages", { session_id: sessionId, before }));
    this.#loadingEarlier = false;
    if (page === null || sessionId !== this.sessionId.value) return;
    this.entries.value = prepend(this.entries.value, page.items);
    this.earlier.value = page.cursor;
  }

  async command(line: string): Promise<void> {
    const result = await this.#try(this.#transport.call("command", { line }));
    if (result === null) return;
    if (result.moved) await this.connect();
    if (result.markdown !== "") this.say(result.markdown);
  }

  /** Shows a local note below the conversation. */
  say(markdown: string): void {
    this.entries.value = [...this.entries.value, note(markdown)];
  }

  async complete(text: string, cursor: number): Promise<Completion | null> {
    return this.#transport.call("complete", { text, cursor }).catch(() => null);
  }

  lastQuestion(): string | null {
    const question = this.entries.value.findLast(
      (entry) => entry.kind === "turn" && entry.message.role === "user",
    );
    return question?.kind === "turn" ? question.message.content : null;
  }

  #ask(
    key: string,
    args: { prompt: string; again: string | null; attachments: Attachment[] },
    questionKey: string | null,
  ) {
    this.problem.value = null;
    this.sent.value += 1;
    this.status.value = "Squid is answering.";
    const asking = this.#transport.ask({ ...args, session_id: this.sessionId.value, model: null }, (event) =>
      this.#onEvent(key, event, questionKey),
    );
    this.entries.value = change(this.entries.value, key, { ask: asking.id });
    void asking.done.then(() => this.#onEnd(key));
  }

  #onEvent(key: string, event: AnswerEvent, questionKey: string | null = null): void {
    const turn = this.entries.value.find((entry) => entry.key === key);
    if (turn?.kind !== "turn") return;
    if (event.type === "started") {
      this.#adopt(event.session_id);
      this.context.value = { tokens: event.context_tokens, limit: event.context_limit };
      this.#forgetDoubles(event, [key, questionKey]);
      if (questionKey !== null) this.#identify(questionKey, event.session_id, event.question_id);
    }
    if (event.type === "used") this.#measure(event);
    if (event.type === "titled" && event.session_id === this.sessionId.value) this.title.value = event.title;
    const next = applyEvent(turn, event);
    if (next === turn) return;
    this.entries.value = change(this.entries.value, key, next);
    if (!isStreaming(next)) this.status.value = announcement(next.message);
  }

  /** The first question of a new chat makes its session. */
  #adopt(sessionId: string): void {
    if (this.sessionId.value === null) this.sessionId.value = sessionId;
  }

  /** A page that was read between the commit and `started` has shown the turn already. */
  #forgetDoubles({ message_id, question_id }: Started, [answer, question]: (string | null)[]): void {
    const ids = question === null ? [message_id] : [message_id, question_id];
    this.entries.value = this.entries.value.filter(
      ({ key, ...entry }) =>
        key === answer || key === question || entry.kind === "note" || !ids.includes(entry.message.id),
    );
  }

  /** The window of the next question holds this question and its answer. */
  #measure({ input_tokens, output_tokens }: Used): void {
    const use = this.context.value;
    if (use === null || input_tokens === null) return;
    this.context.value = { ...use, tokens: input_tokens + (output_tokens ?? 0) };
  }

  #identify(key: string, session_id: string, id: string): void {
    const question = this.entries.value.find((entry) => entry.key === key);
    if (question?.kind !== "turn") return;
    const message = { ...question.message, id, session_id };
    this.entries.value = change(this.entries.value, key, { message });
  }

  /** An ask is over; without a last word the other side has gone away in the middle of it. */
  #onEnd(key: string): void {
    const turn = this.entries.value.find((entry) => entry.key === key);
    if (turn === undefined || !isStreaming(turn)) return;
    this.entries.value = change(this.entries.value, key, settle(turn, { status: "interrupted" }));
    this.status.value = "The answer was interrupted.";
  }

  #onPush(push: Push): void {
    switch (push.kind) {
      case "connection":
        this.trouble.value = push.says ?? null;
        this.#onConnection(push.state);
        break;
      case "open":
        this.#onOpen(push.session_id);
        break;
      case "change":
        if (push.session_id === this.sessionId.value) void this.#refresh();
        break;
      case "live":
        if (push.session_id === this.sessionId.value) this.#onLive(push);
    }
  }

  #onConnection(state: Connection): void {
    const before = this.connection.value;
    this.connection.value = state;
    const returned = state === "live" && (before === "gone" || (before === "silent" && !this.ready.value));
    if (state === "connecting" || returned) void this.connect();
  }

  #onOpen(sessionId: string | null): void {
    // While an own first question is on its way, the kernel announces the session that it made for it.
    if (sessionId === this.sessionId.value || (this.sessionId.value === null && this.busy.value)) return;
    if (!this.ready.value) return;
    if (sessionId === null) this.#clear();
    else void this.open(sessionId);
  }

  /** An answer that somebody else asked for, in this session. */
  #onLive({ message_id, event, ask }: Push & { kind: "live" }): void {
    if (event.type === "titled") this.title.value = event.title;
    const turn = findTurn(this.entries.value, message_id);
    // A partial text from the database, of which this page has missed a part: read it again.
    if (turn !== undefined && isStreaming(turn) && turn.body.done) void this.#refresh();
    else if (turn !== undefined) this.#onEvent(turn.key, event);
    else if (event.type === "started") this.#onLiveStart(message_id, event, ask);
  }

  #onLiveStart(message_id: string, event: Started, ask: string | null): void {
    const answer = { ...liveTurn({ id: message_id, session_id: event.session_id }, this.#frame), ask };
    const siblingOf = event.question_id;
    const rest = this.entries.value.filter(
      (entry) =>
        !(
          entry.kind === "turn" &&
          entry.message.role === "assistant" &&
          entry.message.parent_id === siblingOf
        ),
    );
    this.entries.value = [...rest, answer];
    this.#onEvent(answer.key, event);
    void this.#refresh();
  }

  /** Reads the newest page again; requests during a request become one. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#reread().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #reread(): Promise<void> {
    const sessionId = this.sessionId.value;
    if (sessionId === null) return;
    const hello = await this.#try(this.#transport.call("session.open", { session_id: sessionId }));
    if (hello !== null && sessionId === this.sessionId.value) this.#show(hello);
  }

  #show(hello: Hello): void {
    const sessionId = hello.session?.id ?? null;
    const same = sessionId !== null && sessionId === this.sessionId.value;
    const known = same || (sessionId === null && this.busy.value) ? this.entries.value : [];
    const entries = mergePage(known, hello.page.items);
    const kept = same && entries.length > 0 && entries[0] === known[0] && known.length > 0;
    this.sessionId.value = sessionId ?? (this.busy.value ? this.sessionId.value : null);
    this.title.value = hello.session?.title ?? this.title.value;
    this.models.current.value = hello.model;
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

  async #try<T>(call: Promise<T>): Promise<T | null> {
    try {
      return await call;
    } catch (error) {
      const { message, hint } =
        error instanceof TransportError ? error : { message: String(error), hint: "" };
      if (this.connection.value !== "gone") this.problem.value = { message, hint };
      return null;
    }
  }
}
