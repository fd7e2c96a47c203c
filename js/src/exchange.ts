/**
 * What every transport keeps track of: calls that wait for a reply, asks whose events come in, and answers that
 * somebody else started. It knows the messages and nothing of what carries them.
 */

import { newId } from "./ids.js";
import { type Asking, type Push, TransportError } from "./transport.js";
import type { AnswerEvent, Calls, Hello, Incoming, Verb, WireError } from "./wire.js";

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

export class Exchange {
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Running>();
  /** Answers whose events come in although this view did not ask: ask id → where they belong. */
  readonly #foreign = new Map<string, { session_id: string; message_id: string; seq: number }>();
  readonly #listeners = new Set<(push: Push) => void>();

  /** A call under a new id, with the promise of its result. */
  call<V extends Verb>(verb: V): { id: string; result: Promise<Calls[V]["result"]> } {
    const id = newId();
    const result = new Promise<Calls[V]["result"]>((resolve, reject) => {
      this.#waiting.set(id, { verb, resolve: resolve as (result: unknown) => void, reject });
    });
    return { id, result };
  }

  ask(listener: (event: AnswerEvent) => void): Asking {
    const id = newId();
    const done = new Promise<void>((resolve) => {
      this.#running.set(id, { listener, done: resolve, seq: -1 });
    });
    return { id, done };
  }

  subscribe(listener: (push: Push) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  push(push: Push): void {
    for (const listener of this.#listeners) listener(push);
  }

  receive(message: Incoming): void {
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
        this.push({ ...message, ask: null });
        break;
      default:
        this.push(message);
    }
  }

  /** Nobody answers any more. */
  giveUp(error: WireError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new TransportError(error));
    this.#waiting.clear();
    for (const running of this.#running.values()) running.done();
    this.#running.clear();
    this.#foreign.clear();
  }

  /** Nobody listens any more. */
  dispose(): void {
    this.#listeners.clear();
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
    this.push({ kind: "live", session_id, message_id, event, ask: id });
  }
}
