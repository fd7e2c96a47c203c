/** The models that can be asked, and the one that is. */

import { type Signal, signal } from "@preact/signals";
import type { Transport } from "./transport.js";
import type { ModelInfo } from "./wire.js";

/** Awaits a call and shows its failure; null when it failed. */
export type Attempt = <T>(call: Promise<T>) => Promise<T | null>;

const FRESH_MS = 30_000;

export class Models {
  readonly list: Signal<ModelInfo[]> = signal([]);
  readonly current: Signal<string | null> = signal(null);
  readonly #transport: Transport;
  readonly #attempt: Attempt;
  #readAt = 0;

  constructor(transport: Transport, attempt: Attempt) {
    this.#transport = transport;
    this.#attempt = attempt;
  }

  /** Where questions go; null when that is not known. */
  get host(): string | null {
    return this.list.value.find(({ id }) => id === this.current.value)?.host ?? null;
  }

  async refresh(): Promise<void> {
    this.#readAt = Date.now();
    const models = await this.#attempt(this.#transport.call("models", {}));
    if (models !== null) this.list.value = models;
  }

  /** Looks for models when somebody is about to choose one, at most twice a minute and without a word. */
  async expect(): Promise<void> {
    if (Date.now() - this.#readAt < FRESH_MS) return;
    this.#readAt = Date.now();
    const models = await this.#transport.call("models", {}).catch(() => null);
    if (models !== null) this.list.value = models;
  }

  async choose({ id, provider, host }: ModelInfo): Promise<void> {
    const before = this.current.value;
    this.current.value = id;
    const chosen = await this.#attempt(this.#transport.call("model.set", { model: id, provider, host }));
    this.current.value = chosen?.model ?? before;
  }
}
