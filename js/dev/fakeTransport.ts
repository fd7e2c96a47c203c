/** A kernel that lives in the page: it streams what it is told to, as fast as it is told to. */

import type { AskArgs, Asking, Push, Transport } from "../src/transport.js";
import type { AnswerEvent, Calls, Hello, Verb } from "../src/wire.js";
import { ANSWER, samples } from "./samples.js";

export interface Options {
  sample: string;
  /** Words of an answer; 0 streams the sample answer. */
  tokens: number;
  /** Milliseconds between two words; 0 is as fast as messages travel. */
  delay: number;
  kind: string;
}

const MODELS = [
  {
    id: "SmolLM2-135M-Instruct",
    provider: "embedded",
    host: "in process",
    context_tokens: 8192,
    loaded: true,
  },
  {
    id: "llama3.2:3b",
    provider: "openai",
    host: "http://localhost:11434",
    context_tokens: 131_072,
    loaded: null,
  },
  {
    id: "qwen3:8b",
    provider: "openai",
    host: "http://localhost:11434",
    context_tokens: 32_768,
    loaded: null,
  },
];

const VERBS = ["/new", "/open", "/search", "/sessions", "/rename", "/help"];
const NAMES = ["df", "df_sales", "model", "results"];

export class FakeTransport implements Transport {
  readonly #options: Options;
  readonly #stopped = new Set<string>();
  #listener: ((push: Push) => void) | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  async call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]> {
    await pause(10);
    const results: { [K in Verb]?: () => Calls[K]["result"] } = {
      hello: () => this.#hello(),
      "session.open": () => this.#hello(),
      messages: () => ({ items: samples.chat?.() ?? [], cursor: null }),
      "session.new": () => ({ session: null }),
      "session.rename": () => ({ ...session(), title: (args as { title: string }).title }),
      models: () => MODELS,
      "model.set": () => ({ model: (args as { model: string }).model }),
      complete: () =>
        complete((args as { text: string; cursor: number }).text, (args as { cursor: number }).cursor),
      command: () => ({ markdown: "**Commands**: `/new`, `/search words`, `/rename title`" }),
    };
    const result = results[verb];
    if (result === undefined) throw new Error(`The harness has no ${verb}.`);
    return result();
  }

  ask(args: AskArgs, listener: (event: AnswerEvent) => void): Asking {
    const id = crypto.randomUUID();
    return { id, done: this.#answer(id, args, listener) };
  }

  stop({ ask }: { ask: string | null }): void {
    if (ask !== null) this.#stopped.add(ask);
  }

  subscribe(listener: (push: Push) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = null;
    };
  }

  push(push: Push): void {
    this.#listener?.(push);
  }

  async #answer(id: string, args: AskArgs, listener: (event: AnswerEvent) => void): Promise<void> {
    const ids = { session_id: "s1", message_id: `a-${id}` };
    const model = { provider: "embedded", model: "SmolLM2-135M-Instruct", host: "in process" };
    const context = { context_tokens: 1640, context_limit: 8192, omitted_messages: 0 };
    await pause(60);
    listener({ type: "started", ...ids, question_id: args.again ?? `q-${id}`, ...model, ...context });
    if (args.again === null) listener({ type: "titled", session_id: "s1", title: args.prompt.slice(0, 40) });
    if (this.#options.sample === "progress") {
      listener({ type: "progress", text: "Downloading SmolLM2-135M-Instruct, 61 of 145 MB", fraction: 0.42 });
      await pause(60_000);
    }
    await pause(this.#options.delay * 20);
    let spoken = 0;
    for (const word of words(this.#options)) {
      if (this.#stopped.has(id)) break;
      listener({ type: "delta", text: word });
      spoken += 1;
      if (this.#options.delay > 0) await pause(this.#options.delay);
      else await breathe();
    }
    const tokens = { input_tokens: 412, output_tokens: spoken, reasoning_tokens: null, cached_tokens: null };
    listener({
      type: "used",
      ...tokens,
      cost_usd: null,
      method: this.#stopped.has(id) ? "estimated" : "measured",
    });
    const status = this.#stopped.has(id) ? "stopped" : "complete";
    listener({ type: "finished", ...ids, status, first_token_ms: 120, duration_ms: spoken * 7 });
  }

  #hello(): Hello {
    const items = samples[this.#options.sample]?.() ?? [];
    return {
      version: "0.1.0",
      session: items.length > 0 ? session() : null,
      page: { items, cursor: this.#options.sample === "long" ? "m0" : null },
      models: MODELS,
      model: "SmolLM2-135M-Instruct",
      limits: { max_file_size_mb: 10, max_files_per_message: 5 },
      context: { tokens: items.length === 0 ? 0 : 1240, limit: 8192 },
      ui: { send_key: "enter" },
      live: [],
    };
  }
}

function session() {
  return {
    id: "s1",
    owner_id: "me",
    title: "Why is my groupby so slow?",
    model: null,
    system: null,
    notebook: null,
    head_id: null,
    created_at: "",
    updated_at: "",
    tags: [],
    pinned: false,
    archived: false,
    messages: 2,
    input_tokens: 412,
    output_tokens: 268,
    cost_usd: null,
    unpriced: 0,
  };
}

/** The sample over and over, or one block that never ends, cut into words. */
function* words({ tokens, kind }: Options): Generator<string> {
  const all = kind === "code" ? "```python\n" : kind === "list" ? "" : ANSWER;
  if (tokens === 0) {
    yield* all.match(/\s*\S+/g) ?? [];
    return;
  }
  const unit =
    kind === "code"
      ? 'rows = [row for row in table if row["price"] > 10]\n'
      : kind === "list"
        ? "- one more point to make\n"
        : `${ANSWER}\n\n`;
  const pieces = unit.match(/\s*\S+|\s+$/g) ?? [];
  if (kind === "code") yield all;
  for (let count = 0; count < tokens; count += 1) yield pieces[count % pieces.length] ?? "";
}

function complete(text: string, cursor: number) {
  const start = Math.max(text.lastIndexOf("@", cursor - 1), text.startsWith("/") ? 0 : -1);
  const typed = text.slice(start, cursor);
  const found = [
    ...VERBS.map((verb) => ({ text: verb, type: "command" })),
    ...NAMES.map((name) => ({ text: `@${name}`, type: "DataFrame" })),
  ];
  const matches = found
    .filter((match) => match.text.startsWith(typed))
    .map((match) => ({ ...match, label: match.text }));
  return { start, end: cursor, matches };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Lets the page work, as between two messages of a comm. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
}
