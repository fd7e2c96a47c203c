/** The server's transport, seen from a notebook: `@` completes what the notebook knows, settings come before Squid's. */

import type { AskArgs, Asking, Push, Transport } from "../transport.js";
import type { AnswerEvent, Calls, Hello, Verb } from "../wire.js";
import type { NotebookContext } from "./notebookContext.js";
import { settings } from "./settings.js";

export class LabTransport implements Transport {
  readonly #inner: Transport;
  readonly #context: NotebookContext;
  readonly #onVersion: (server: string) => void;

  constructor(inner: Transport, context: NotebookContext, onVersion: (server: string) => void) {
    this.#inner = inner;
    this.#context = context;
    this.#onVersion = onVersion;
  }

  async call<V extends Verb>(verb: V, args: Calls[V]["args"]): Promise<Calls[V]["result"]> {
    if (verb === "complete") {
      const { text, cursor } = args as Calls["complete"]["args"];
      const completion = await this.#context.complete(text, cursor);
      if (completion !== null) return completion;
    }
    const result = await this.#inner.call(verb, args);
    return verb === "hello" || verb === "session.open" ? this.#withSettings(result as Hello) : result;
  }

  ask(args: AskArgs, listener: (event: AnswerEvent) => void): Asking {
    const { notebook } = this.#context;
    return this.#inner.ask(notebook === null ? args : { ...args, notebook }, listener);
  }

  stop(target: { ask: string | null; message_id: string | null }): void {
    this.#inner.stop(target);
  }

  subscribe(listener: (push: Push) => void): () => void {
    return this.#inner.subscribe(listener);
  }

  #withSettings(hello: Hello): Hello {
    this.#context.limits = hello.limits;
    this.#onVersion(hello.version);
    const { sendKey } = settings.value;
    return sendKey === null ? hello : { ...hello, ui: { ...hello.ui, send_key: sendKey } };
  }
}
