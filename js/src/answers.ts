/** Questions on their way and the answers that grow from their events. */

import { pendingSource } from "./attachments.js";
import type { ConversationState } from "./conversationState.js";
import {
  announcement,
  applyEvent,
  blankMessage,
  type Entry,
  isLive,
  isStreaming,
  liveTurn,
  questionOf,
  settle,
  storedTurn,
  type Turn,
} from "./entries.js";
import type { Frame } from "./growing.js";
import { newId } from "./ids.js";
import type { AskArgs, Attachment, Transport } from "./transport.js";
import type { AnswerEvent, ModelInfo, Source, Started, Used } from "./wire.js";
import { trans } from "./words.js";

type Asked = Partial<AskArgs> & { prompt: string };

export class Answers {
  readonly #state: ConversationState;
  readonly #transport: Transport;
  readonly #frame: Frame | undefined;
  readonly #reread: () => void;

  constructor(state: ConversationState, transport: Transport, reread: () => void, frame?: Frame) {
    this.#state = state;
    this.#transport = transport;
    this.#reread = reread;
    this.#frame = frame;
  }

  send(prompt: string, attachments: Attachment[] = []): void {
    const question = this.#question(prompt, attachments);
    const answer = this.#live({});
    this.#state.entries.value = [...this.#state.entries.value, question, answer];
    this.#ask(answer.key, { prompt, attachments }, question.key);
  }

  /** Asks a question in other words: a version beside it, with the attachments it keeps. */
  edit(turn: Turn, prompt: string, kept: Source[]): void {
    const { id, parent_id, siblings } = turn.message;
    const entries = this.#state.entries.value;
    const before = entries.slice(0, entries.indexOf(turn));
    const asked = this.#question(prompt, turn.attachments ?? []);
    const version = id === "" ? {} : { siblings: siblings + 1, version: siblings + 1 };
    const question = { ...asked, message: { ...asked.message, parent_id, sources: kept, ...version } };
    const answer = this.#live({});
    this.#state.entries.value = [...before, question, answer];
    const keep = kept.map((source) => source.id);
    const how = id === "" ? { attachments: turn.attachments ?? [] } : { edit: id, keep };
    this.#ask(answer.key, { prompt, ...how }, question.key);
  }

  /**
   * Asks the question of an answer once more, perhaps another model; the new answer takes the old one's place and
   * ends the conversation.
   */
  retry(turn: Turn, model: ModelInfo | null = null): void {
    const entries = this.#state.entries.value;
    const question = questionOf(entries, turn);
    const questionId = turn.message.parent_id ?? (question?.message.id || null);
    if (questionId === null && question === undefined) return;
    const answer = this.#beside(turn, questionId);
    this.#state.entries.value = [...entries.slice(0, entries.indexOf(turn)), answer];
    const prompt = question?.message.content ?? "";
    const attachments = questionId === null ? (question?.attachments ?? []) : [];
    const by = model === null ? {} : { model: model.id, host: model.host };
    this.#ask(answer.key, { prompt, again: questionId, attachments, ...by }, question?.key ?? null);
  }

  /** Lets the model go on from the end of an unfinished answer, in a version that begins with it. */
  goOn(turn: Turn): void {
    const entries = this.#state.entries.value;
    const answer = this.#beside(turn, turn.message.parent_id);
    this.#state.entries.value = entries.map((entry) => (entry === turn ? answer : entry));
    this.#ask(answer.key, { prompt: "", go_on: turn.message.id }, null);
  }

  stop(): void {
    const running = this.#state.entries.value.filter(isLive);
    for (const { ask, message } of running) this.#transport.stop({ ask, message_id: message.id || null });
    if (running.length > 0) this.#state.status.value = trans.__("Stopping.");
  }

  /** What an event of an answer changes, wherever it was asked for. */
  take(key: string, event: AnswerEvent, questionKey: string | null = null): void {
    const state = this.#state;
    const turn = state.turn(key);
    if (turn === undefined) return;
    if (event.type === "started") this.#began(event, key, questionKey);
    if (event.type === "used") this.#measure(event);
    if (event.type === "titled" && event.session_id === state.sessionId.value)
      state.title.value = event.title;
    const next = applyEvent(turn, event);
    if (next === turn) return;
    state.change(key, next);
    if (!isStreaming(next)) state.status.value = announcement(next.message);
  }

  /** An answer that somebody else has asked for takes its place. */
  overhear(messageId: string, event: Started, ask: string | null): void {
    const answer = { ...this.#live({ id: messageId }), ask };
    const other = (entry: Entry) =>
      entry.kind === "turn" &&
      entry.message.role === "assistant" &&
      entry.message.parent_id === event.question_id;
    this.#state.entries.value = [...this.#state.entries.value.filter((entry) => !other(entry)), answer];
    this.take(answer.key, event);
  }

  #question(prompt: string, attachments: Attachment[]): Turn {
    const session_id = this.#state.sessionId.value ?? "";
    const sources = attachments.map(pendingSource);
    const turn = { ...storedTurn(blankMessage({ content: prompt, sources, session_id })), key: newId() };
    return attachments.length > 0 ? { ...turn, attachments } : turn;
  }

  #live(message: Parameters<typeof liveTurn>[0]): Turn {
    return liveTurn({ session_id: this.#state.sessionId.value ?? "", ...message }, this.#frame);
  }

  /** A version of an answer that is about to be written. */
  #beside({ message }: Turn, parent_id: string | null): Turn {
    const answer = this.#live({ parent_id });
    const siblings = message.siblings + (message.id ? 1 : 0);
    answer.message = { ...answer.message, siblings, version: siblings };
    return answer;
  }

  #ask(key: string, asked: Asked, questionKey: string | null): void {
    const state = this.#state;
    state.problem.value = null;
    state.done.value = null;
    state.sent.value += 1;
    state.status.value = trans.__("Squid is answering.");
    const args = { again: null, attachments: [], model: null, ...asked, session_id: state.sessionId.value };
    const asking = this.#transport.ask(args, (event) => this.take(key, event, questionKey));
    state.change(key, { ask: asking.id });
    void asking.done.then(() => {
      this.#end(key);
      // The ids of what was attached, and what is hidden behind a version, are known on the other side.
      if (args.edit || args.again || args.go_on || args.attachments.length > 0) this.#reread();
    });
  }

  #began(event: Started, key: string, questionKey: string | null): void {
    const state = this.#state;
    // The first question of a new chat makes its session.
    if (state.sessionId.value === null) state.sessionId.value = event.session_id;
    state.context.value = { tokens: event.context_tokens, limit: event.context_limit };
    this.#forgetDoubles(event, [key, questionKey]);
    if (questionKey !== null) this.#identify(questionKey, event);
  }

  /** A page that was read between the commit and `started` has shown the turn already. */
  #forgetDoubles({ message_id, question_id }: Started, [answer, question]: (string | null)[]): void {
    const ids = question === null ? [message_id] : [message_id, question_id];
    this.#state.entries.value = this.#state.entries.value.filter(
      ({ key, ...entry }) =>
        key === answer || key === question || entry.kind === "note" || !ids.includes(entry.message.id),
    );
  }

  /** The window of the next question holds this question and its answer. */
  #measure({ input_tokens, output_tokens }: Used): void {
    const use = this.#state.context.value;
    if (use === null || input_tokens === null) return;
    this.#state.context.value = { ...use, tokens: input_tokens + (output_tokens ?? 0) };
  }

  #identify(key: string, { session_id, question_id: id }: Started): void {
    const question = this.#state.turn(key);
    if (question !== undefined) this.#state.change(key, { message: { ...question.message, id, session_id } });
  }

  /** An ask is over; without a last word the other side has gone away in the middle of it. */
  #end(key: string): void {
    const turn = this.#state.turn(key);
    if (turn === undefined || !isStreaming(turn)) return;
    this.#state.change(key, settle(turn, { status: "interrupted" }));
    this.#state.status.value = trans.__("The answer was interrupted.");
  }
}
