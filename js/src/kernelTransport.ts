/**
 * The transport over an anywidget model: JSON in custom messages, files in binary buffers.
 *
 * It also watches whether anybody is there. A kernel that is busy (and has no subshells) answers late: that is
 * `silent`. A comm that the host reports as closed and that stays mute is `gone`.
 */

import { newId } from "./ids.js";
import {
  type AskArgs,
  type Asking,
  type Connection,
  type Push,
  type Transport,
  TransportError,
} from "./transport.js";
import { type AnswerEvent, type Calls, type Hello, type Incoming, readIncoming, type Verb } from "./wire.js";

/** The part of an anywidget model that is used here. */
export interface KernelModel {
  get(name: "session_id"): string | null | undefined;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, listener: (...args: never[]) => void): void;
  off(name: string, listener: (...args: never[]) => void): void;
}

interface Waiting {
  verb: Verb;
  resolve(result: unknown): void;
  reject(error: TransportError): void;
}

interface Running {
  listener(event: AnswerEvent): void;
  done(): void;
  seq: number;
}

export const GONE = {
  message: "The kernel is gone.",
  hint: "Run this cell again to reconnect; nothing is lost.",
};

export interface Patience {
  /** Milliseconds without an answer after which the kernel counts as silent. */
  silent: number;
  /** The same for gone, once the host has said that the connection is closed. */
  gone: number;
}

export class KernelTransport implements Transport {
  readonly #model: KernelModel;
  readonly #patience: Patience;
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Running>();
  /** Answers whose events come in although this view did not ask: ask id → where they belong. */
  readonly #foreign = new Map<string, { session_id: string; message_id: string; seq: number }>();
  readonly #listeners = new Set<(push: Push) => void>();
  #state: Connection = "connecting";
  #suspect = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: KernelModel, signal: AbortSignal, patience: Patience = { silent: 6000, gone: 3000 }) {
    this.#model = model;
    this.#patience = patience;
    const onMessage = (content: unknown) => this.#receive(content);
    const onLiveness = () => this.#doubt();
    const onSession = () => this.#push({ kind: "open", session_id: model.get("session_id") || null });
    model.on("msg:custom", onMessage);
    model.on("comm_live_update", onLiveness);
    model.on("change:session_id", onSession);
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      model.off("msg:custom", onMessage);
      model.off("comm_live_update", onLiveness);
      model.off("change:session_id", onSession);
      this.#listeners.clear();
    });
  }

  call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]> {
    return new Promise((resolve, reject) => {
      const id = newId();
      this.#waiting.set(id, { verb, resolve: resolve as (result: unknown) => void, reject });
      this.#send({ id, kind: "call", verb, args });
      this.#watch();
    });
  }

  ask(args: AskArgs, listener: (event: AnswerEvent) => void): Asking {
    const id = newId();
    const done = new Promise<void>((resolve) => {
      this.#running.set(id, { listener, done: resolve, seq: -1 });
    });
    const attachments = args.attachments.map(({ name, mime_type }) => ({ name, mime_type }));
    const buffers = args.attachments.map(({ data }) => data);
    this.#send({ id, kind: "ask", args: { ...args, attachments } }, buffers);
    this.#watch();
    return { id, done };
  }

  stop(target: { ask: string | null; message_id: string | null }): void {
    this.#send({ id: newId(), kind: "stop", args: target });
  }

  subscribe(listener: (push: Push) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #send(message: unknown, buffers: ArrayBuffer[] = []): void {
    try {
      this.#model.send(message, undefined, buffers);
    } catch {
      // A comm that was disposed refuses to send, after a restart of the kernel for instance: no need to wait.
      queueMicrotask(() => this.#giveUp());
    }
  }

  #push(push: Push): void {
    for (const listener of this.#listeners) listener(push);
  }

  #receive(content: unknown): void {
    const message = readIncoming(content);
    if (message === null) return;
    clearTimeout(this.#timer);
    this.#suspect = false;
    this.#become("live");
    switch (message.kind) {
      case "reply":
        this.#settle(message);
        break;
      case "event":
        this.#deliver(message.id, message.seq, message.event);
        break;
      case "end":
        this.#running.get(message.id)?.done();
        this.#running.delete(message.id);
        this.#foreign.delete(message.id);
        break;
      case "live":
        this.#push({ ...message, ask: null });
        break;
      case "change":
        this.#push(message);
    }
  }

  #settle(message: Incoming & { kind: "reply" }): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    if (!message.ok) {
      waiting.reject(new TransportError(message.error));
      return;
    }
    if (waiting.verb === "hello" || waiting.verb === "session.open") {
      for (const live of (message.result as Hello).live) {
        if (live.ask && !this.#running.has(live.ask)) this.#foreign.set(live.ask, { ...live, seq: -1 });
      }
    }
    waiting.resolve(message.result);
  }

  /** Events repeat when a sender is not sure that they arrived: each number counts once. */
  #deliver(id: string, seq: number, event: AnswerEvent): void {
    const running = this.#running.get(id);
    if (running !== undefined) {
      if (seq <= running.seq) return;
      running.seq = seq;
      running.listener(event);
      return;
    }
    // The same widget in a second view, or before the page was reloaded.
    if (event.type === "started") this.#foreign.set(id, { ...event, seq: -1 });
    const foreign = this.#foreign.get(id);
    if (foreign === undefined || seq <= foreign.seq) return;
    foreign.seq = seq;
    const { session_id, message_id } = foreign;
    this.#push({ kind: "live", session_id, message_id, event, ask: id });
  }

  #become(state: Connection): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#push({ kind: "connection", state });
  }

  /** Whoever waits for an answer wants to know when none comes. */
  #watch(): void {
    clearTimeout(this.#timer);
    const patience = this.#suspect ? this.#patience.gone : this.#patience.silent;
    this.#timer = setTimeout(() => (this.#suspect ? this.#giveUp() : this.#become("silent")), patience);
  }

  /** The host says that the comm was closed or came back: views say hello again, and get an answer or not. */
  #doubt(): void {
    this.#suspect = true;
    this.#state = "connecting";
    this.#push({ kind: "connection", state: "connecting" });
    this.#watch();
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    this.#become("gone");
    for (const waiting of this.#waiting.values()) waiting.reject(new TransportError(GONE));
    this.#waiting.clear();
    for (const running of this.#running.values()) running.done();
    this.#running.clear();
    this.#foreign.clear();
  }
}
