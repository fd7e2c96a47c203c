/**
 * The transport over the server's WebSocket (`squid_nb/server/websocket.py`): JSON frames, files in base64.
 *
 * A socket that is cut is opened again, later each time. The server keeps what it could not deliver, so the stream
 * goes on behind the last number seen here; what may not have arrived there is sent again and counts once. When the
 * server has forgotten this view (it was restarted), the view says hello again.
 */

import { base64 } from "./base64.js";
import { Exchange } from "./exchange.js";
import { newId } from "./ids.js";
import type { AskArgs, Asking, Connection, Push, Says, Transport } from "./transport.js";
import { described, TransportError } from "./transport.js";
import { type AnswerEvent, type Calls, type Hello, readIncoming, type Verb } from "./wire.js";
import { trans } from "./words.js";

/** Opens a socket; the query names this view and the last frame it has seen. */
export type OpenSocket = (query: { client: string; after: number }) => WebSocket;

export interface Waits {
  /** Milliseconds before the second attempt; doubled for each further one. */
  first: number;
  longest: number;
  /** Without a connection for this long, people are told. */
  patience: number;
}

interface Frame {
  kind: "call" | "ask" | "stop";
  text: string;
  /** It has been given to a socket, so it may have arrived. */
  sent: boolean;
}

/** Another tab has taken this view's place; see `squid_nb/server/links.py`. */
const REPLACED = 4001;

export const CUT: Says = {
  get message() {
    return trans.__("The connection to Jupyter is lost.");
  },
  get hint() {
    return trans.__("Squid tries again by itself; an answer in progress goes on in the server.");
  },
};
export const TAKEN: Says = {
  get message() {
    return trans.__("This conversation goes on in another window.");
  },
  get hint() {
    return trans.__("Try again to bring it back here.");
  },
};

interface Options {
  signal: AbortSignal;
  session?: string | null;
  waits?: Waits;
  /** Asked when there is no connection for long; null when nothing more is known than that. */
  why?: () => Promise<Says | null>;
}

export class ServerTransport implements Transport {
  readonly #open: OpenSocket;
  readonly #why: () => Promise<Says | null>;
  readonly #waits: Waits;
  readonly #client = newId();
  readonly #exchange = new Exchange();
  /** What the server has not confirmed yet, by id, in the order of sending. */
  readonly #unconfirmed = new Map<string, Frame>();
  /** Asks whose events have begun to come in. */
  readonly #begun = new Set<string>();
  /** The session that is shown, which a new link does not know. */
  #session: string | null;
  #socket: WebSocket | null = null;
  #welcomed = false;
  #seen = 0;
  #attempts = 0;
  #state: Connection = "connecting";
  #retry: ReturnType<typeof setTimeout> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(open: OpenSocket, options: Options) {
    this.#open = open;
    this.#why = options.why ?? (async () => null);
    this.#session = options.session ?? null;
    this.#waits = options.waits ?? { first: 300, longest: 10_000, patience: 2000 };
    options.signal.addEventListener("abort", () => this.#end());
    const now = () => this.#hurry();
    globalThis.addEventListener?.("online", now, { signal: options.signal });
    this.#connect();
  }

  async call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]> {
    this.#hurry();
    if (verb === "hello" && this.#session !== null) return this.#helloAgain(this.#session);
    const result = await this.#call(verb, args);
    this.#follow(verb, result);
    return result;
  }

  ask(args: AskArgs, listener: (event: AnswerEvent) => void): Asking {
    this.#hurry();
    const asking = this.#exchange.ask((event) => {
      if (event.type === "started") this.#session = event.session_id;
      listener(event);
    });
    const attachments = args.attachments.map((one) => ({ ...described(one), data_base64: base64(one.data) }));
    this.#send({ id: asking.id, kind: "ask", args: { ...args, attachments } });
    return asking;
  }

  stop(target: { ask: string | null; message_id: string | null }): void {
    this.#send({ id: newId(), kind: "stop", args: target });
  }

  subscribe(listener: (push: Push) => void): () => void {
    return this.#exchange.subscribe(listener);
  }

  #call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]> {
    const { id, result } = this.#exchange.call(verb);
    this.#send({ id, kind: "call", verb, args });
    return result;
  }

  /** Hello with the session that was open; without it when that is gone. */
  async #helloAgain(session_id: string): Promise<Hello> {
    try {
      return await this.#call("session.open", { session_id });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.#session = null;
      return this.#call("hello", {});
    }
  }

  #follow(verb: Verb, result: unknown): void {
    if (verb === "session.new") this.#session = null;
    if (verb === "hello" || verb === "session.open") this.#session = (result as Hello).session?.id ?? null;
  }

  #send(message: { id: string; kind: Frame["kind"] } & Record<string, unknown>): void {
    const frame = { kind: message.kind, text: JSON.stringify(message), sent: false };
    this.#unconfirmed.set(message.id, frame);
    if (this.#welcomed) this.#give(message.id, frame);
  }

  #give(id: string, frame: Frame): void {
    this.#socket?.send(frame.text);
    frame.sent = true;
    // Nobody confirms a stop.
    if (frame.kind === "stop") this.#unconfirmed.delete(id);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    if (this.#ended) return;
    const socket = this.#open({ client: this.#client, after: this.#seen });
    this.#socket = socket;
    this.#attempts += 1;
    this.#telling ??= setTimeout(() => void this.#tellLost(), this.#waits.patience);
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(data);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
  }

  async #tellLost(): Promise<void> {
    const says = (await this.#why()) ?? CUT;
    if (!this.#welcomed && !this.#ended) this.#become("silent", says);
  }

  /** Somebody wants something or the network is back: no need to wait for the next attempt. */
  #hurry(): void {
    if (this.#socket === null && !this.#ended) this.#connect();
  }

  #lost(code: number): void {
    this.#socket = null;
    this.#welcomed = false;
    if (this.#ended) return;
    if (code === REPLACED) {
      this.#become("gone", TAKEN);
      this.#exchange.giveUp(TAKEN);
      this.#unconfirmed.clear();
      return;
    }
    this.#telling ??= setTimeout(() => void this.#tellLost(), this.#waits.patience);
    const wait = Math.min(this.#waits.longest, this.#waits.first * 2 ** Math.min(this.#attempts, 10));
    // A crowd of views must not come back in the same instant.
    this.#retry = setTimeout(() => this.#connect(), wait * (0.5 + Math.random() / 2));
  }

  #receive(data: unknown): void {
    const content = parse(data);
    if (content === null) return;
    if (content.kind === "welcome") {
      this.#welcome(content.resumed === true, Number(content.n) || 0);
      return;
    }
    if (typeof content.n === "number") this.#seen = content.n;
    const message = readIncoming(content);
    if (message === null) return;
    if ("id" in message) {
      this.#unconfirmed.delete(message.id);
      if (message.kind === "event") this.#begun.add(message.id);
      if (message.kind === "end") this.#begun.delete(message.id);
    }
    this.#exchange.receive(message);
  }

  #welcome(resumed: boolean, number: number): void {
    const first = this.#state === "connecting";
    this.#attempts = 0;
    this.#seen = number;
    this.#welcomed = true;
    clearTimeout(this.#telling);
    this.#telling = undefined;
    if (!resumed) this.#forget();
    for (const [id, frame] of this.#unconfirmed) this.#give(id, frame);
    this.#become("live");
    if (!resumed && !first) this.#startAnew();
  }

  /** The other side does not know what this view has asked for: what had arrived there is stored there. */
  #forget(): void {
    for (const id of this.#begun) this.#exchange.receive({ kind: "end", id });
    this.#begun.clear();
    for (const [id, frame] of this.#unconfirmed) {
      if (frame.kind !== "ask" || !frame.sent) continue;
      this.#unconfirmed.delete(id);
      this.#exchange.receive({ kind: "end", id });
    }
  }

  #startAnew(): void {
    this.#exchange.push({ kind: "connection", state: "connecting" });
    this.#exchange.push({ kind: "connection", state: "live" });
  }

  #become(state: Connection, says?: Says): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#exchange.push(
      says === undefined ? { kind: "connection", state } : { kind: "connection", state, says },
    );
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#telling);
    this.#socket?.close();
    this.#socket = null;
    this.#exchange.dispose();
  }
}

function parse(data: unknown): Record<string, unknown> | null {
  if (typeof data !== "string") return null;
  try {
    const content: unknown = JSON.parse(data);
    return typeof content === "object" && content !== null ? (content as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
