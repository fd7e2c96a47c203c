/** A conversation over a transport in which the test plays the other side. */

import { Conversation } from "../src/conversation.js";
import { blankMessage, type Entry, type Turn } from "../src/entries.js";
import type { AskArgs, Push, Transport } from "../src/transport.js";
import type { AnswerEvent, Calls, Hello, Message, Session, Used, Verb } from "../src/wire.js";

/** A transport in which the test plays the kernel. */
export class Scripted implements Transport {
  readonly called: { verb: Verb; args: unknown }[] = [];
  readonly asked: { args: AskArgs; listener(event: AnswerEvent): void; end(): void }[] = [];
  readonly stopped: unknown[] = [];
  push: (push: Push) => void = () => {};
  hello: Hello = helloOf([]);
  replies: Partial<Record<Verb, unknown>> = {};

  async call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]> {
    this.called.push({ verb, args });
    const reply = this.replies[verb] ?? (verb === "hello" || verb === "session.open" ? this.hello : {});
    if (reply instanceof Error) throw reply;
    return reply as Calls[V]["result"];
  }

  ask(args: AskArgs, listener: (event: AnswerEvent) => void) {
    let end = () => {};
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.asked.push({ args, listener, end });
    return { id: `ask${this.asked.length}`, done };
  }

  stop(target: unknown): void {
    this.stopped.push(target);
  }

  subscribe(listener: (push: Push) => void): () => void {
    this.push = listener;
    return () => {};
  }

  last() {
    const asked = this.asked.at(-1);
    if (asked === undefined) throw new Error("nothing was asked");
    return asked;
  }
}

export function sessionOf(id: string, title = "Ducks"): Session {
  const counters = { messages: 0, input_tokens: 0, output_tokens: 0, cost_usd: null, unpriced: 0 };
  const times = { created_at: "", updated_at: "" };
  const blank = {
    model: null,
    system: null,
    notebook: null,
    head_id: null,
    tags: [],
    pinned: false,
    archived: false,
  };
  return { id, title, owner_id: "me", ...blank, ...times, ...counters };
}

export function helloOf(items: Message[], fields: Partial<Hello> = {}): Hello {
  return {
    version: "0.1.0",
    session: items.length > 0 ? sessionOf("s") : null,
    page: { items, cursor: null },
    models: [],
    model: "m",
    limits: { max_file_size_mb: 10, max_files_per_message: 5 },
    context: { tokens: 0, limit: 8192 },
    ui: { send_key: "enter" },
    live: [],
    ...fields,
  };
}

export function question(id: string, content: string): Message {
  return blankMessage({ id, session_id: "s", content });
}

export function answer(id: string, content: string, fields: Partial<Message> = {}): Message {
  return blankMessage({ id, session_id: "s", role: "assistant", content, ...fields });
}

export function started(question_id: string, message_id: string, fields = {}): AnswerEvent {
  const model = { provider: "embedded", model: "m", host: "in process" };
  const context = { context_tokens: 120, context_limit: 8192, omitted_messages: 0 };
  return { type: "started", session_id: "s", question_id, message_id, ...model, ...context, ...fields };
}

export const USED: Used = {
  type: "used",
  input_tokens: 12,
  output_tokens: 3,
  reasoning_tokens: null,
  cached_tokens: null,
  cost_usd: null,
  method: "measured",
};

export function finished(message_id: string, status: "complete" | "stopped" = "complete"): AnswerEvent {
  return { type: "finished", session_id: "s", message_id, status, first_token_ms: 5, duration_ms: 50 };
}

export async function open(items: Message[] = [], fields: Partial<Hello> = {}) {
  const transport = new Scripted();
  transport.hello = helloOf(items, fields);
  const conversation = new Conversation(transport, (callback) => callback());
  await conversation.connect();
  return { transport, conversation };
}

/** The conversation as `role: text (status)`. */
export function script(conversation: Conversation): string[] {
  return conversation.entries.value.map((entry) =>
    entry.kind === "note"
      ? `note: ${entry.body.text}`
      : `${entry.message.role}: ${entry.body.text} (${entry.message.status})`,
  );
}

export function turn(entry: Entry | undefined): Turn {
  if (entry?.kind !== "turn") throw new Error("no turn");
  return entry;
}

export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}
