/**
 * The transport over an anywidget model: JSON in custom messages, files in binary buffers.
 *
 * It also watches whether anybody is there. A kernel that is busy (and has no subshells) answers late: that is
 * `silent`. A comm that the host reports as closed and that stays mute is `gone`.
 */

import { Exchange } from "./exchange.js";
import { newId } from "./ids.js";
import {
  type AskArgs,
  type Asking,
  type Connection,
  described,
  type Push,
  type Transport,
} from "./transport.js";
import { type AnswerEvent, type Calls, readIncoming, type Verb } from "./wire.js";
import { trans } from "./words.js";

/** The part of an anywidget model that is used here. */
export interface KernelModel {
  get(name: "session_id"): string | null | undefined;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, listener: (...args: never[]) => void): void;
  off(name: string, listener: (...args: never[]) => void): void;
}

export const GONE = {
  get message() {
    return trans.__("The kernel is gone.");
  },
  get hint() {
    return trans.__("Run this cell again to reconnect; nothing is lost.");
  },
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
  readonly #exchange = new Exchange();
  #state: Connection = "connecting";
  #suspect = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: KernelModel, signal: AbortSignal, patience: Patience = { silent: 6000, gone: 3000 }) {
    this.#model = model;
    this.#patience = patience;
    const onMessage = (content: unknown) => this.#receive(content);
    const onLiveness = () => this.#doubt();
    const onSession = () =>
      this.#exchange.push({ kind: "open", session_id: model.get("session_id") || null });
    model.on("msg:custom", onMessage);
    model.on("comm_live_update", onLiveness);
    model.on("change:session_id", onSession);
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      model.off("msg:custom", onMessage);
      model.off("comm_live_update", onLiveness);
      model.off("change:session_id", onSession);
      this.#exchange.dispose();
    });
  }

  call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]> {
    const { id, result } = this.#exchange.call(verb);
    this.#send({ id, kind: "call", verb, args });
    this.#watch();
    return result;
  }

  ask(args: AskArgs, listener: (event: AnswerEvent) => void): Asking {
    const asking = this.#exchange.ask(listener);
    const attachments = args.attachments.map(described);
    const buffers = args.attachments.map(({ data }) => data);
    this.#send({ id: asking.id, kind: "ask", args: { ...args, attachments } }, buffers);
    this.#watch();
    return asking;
  }

  stop(target: { ask: string | null; message_id: string | null }): void {
    this.#send({ id: newId(), kind: "stop", args: target });
  }

  subscribe(listener: (push: Push) => void): () => void {
    return this.#exchange.subscribe(listener);
  }

  #send(message: unknown, buffers: ArrayBuffer[] = []): void {
    try {
      this.#model.send(message, undefined, buffers);
    } catch {
      // A comm that was disposed refuses to send, after a restart of the kernel for instance: no need to wait.
      queueMicrotask(() => this.#giveUp());
    }
  }

  #receive(content: unknown): void {
    const message = readIncoming(content);
    if (message === null) return;
    clearTimeout(this.#timer);
    this.#suspect = false;
    this.#become("live");
    this.#exchange.receive(message);
  }

  #become(state: Connection): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#exchange.push({ kind: "connection", state });
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
    this.#exchange.push({ kind: "connection", state: "connecting" });
    this.#watch();
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    this.#become("gone");
    this.#exchange.giveUp(GONE);
  }
}
