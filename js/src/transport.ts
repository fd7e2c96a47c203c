/**
 * What the views know of the other side. `KernelTransport` speaks over a widget's comm; a transport over REST and
 * WebSocket can take its place without a view noticing.
 */

import type { AnswerEvent, Calls, SourceKind, Verb, WireError, Work } from "./wire.js";

export interface Attachment {
  name: string;
  mime_type: string;
  data: ArrayBuffer;
  /** The `@name` in the text that stands for it. */
  mention?: string;
  /** What it was taken from; a file when absent. */
  kind?: SourceKind;
  /** Where it was taken from. */
  detail?: Record<string, unknown>;
}

export interface AskArgs {
  prompt: string;
  session_id: string | null;
  /** Who answers this once; the chosen model when null. */
  model: string | null;
  /** Where that model is. */
  host?: string;
  /** The notebook that is open beside the question. */
  notebook?: string;
  /** The question to answer once more, instead of asking a new one. */
  again: string | null;
  /** The question that this one says in other words. */
  edit?: string;
  /** With `edit`: ids of its sources that go along; all of them when absent. */
  keep?: string[];
  /** The unfinished answer to go on with, instead of asking a new question. */
  go_on?: string;
  attachments: Attachment[];
}

/** What is said of an attachment beside its bytes. */
export function described({
  data: _,
  mention: __,
  ...facts
}: Attachment): Omit<Attachment, "data" | "mention"> {
  return facts;
}

export interface Asking {
  id: string;
  /**
   * Settles after the last event and never rejects: a failure is a `failed` event. Without a `finished` or
   * `failed` before it, the other side has gone away.
   */
  done: Promise<void>;
}

export type Connection = "connecting" | "live" | "silent" | "gone";

/** What people are told about a connection, when the transport knows better than "the kernel is gone". */
export interface Says {
  message: string;
  hint: string;
}

/** What arrives without having been asked for. */
export type Push =
  | { kind: "change"; session_id: string; what: string }
  | { kind: "live"; session_id: string; message_id: string; event: AnswerEvent; ask: string | null }
  | { kind: "waiting"; message: string }
  | Work
  | { kind: "open"; session_id: string | null }
  | { kind: "follow"; uri: string }
  | { kind: "connection"; state: Connection; says?: Says };

export interface Transport {
  /** Rejects with a `TransportError`. */
  call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]>;
  ask(args: AskArgs, listener: (event: AnswerEvent) => void): Asking;
  /**
   * Stops an answer: by the ask that started it, or by its message when it was started elsewhere; or the work of a
   * call, as if it was an ask.
   */
  stop(target: { ask: string | null; message_id: string | null }): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (push: Push) => void): () => void;
}

export class TransportError extends Error {
  readonly hint: string;

  constructor({ message, hint }: WireError) {
    super(message);
    this.name = "TransportError";
    this.hint = hint;
  }
}

/** What a failure says to a person, whoever threw it. */
export function problemOf(error: unknown): WireError {
  return error instanceof TransportError
    ? { message: error.message, hint: error.hint }
    : { message: String(error), hint: "" };
}
