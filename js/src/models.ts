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
  /** Where questions go; null when that is not known. */
  readonly host: Signal<string | null> = signal(null);
  /** Others are being looked for. */
  readonly looking = signal(false);
  readonly #transport: Transport;
  readonly #attempt: Attempt;
  #readAt = 0;

  constructor(transport: Transport, attempt: Attempt) {
    this.#transport = transport;
    this.#attempt = attempt;
  }

  /** The one that is asked, among others of its name on other hosts. */
  get chosen(): ModelInfo | undefined {
    const named = this.list.value.filter(({ id }) => id === this.current.value);
    return named.find(({ host }) => host === this.host.value) ?? named[0];
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
    this.looking.value = true;
    const models = await this.#transport.call("models", {}).catch(() => null);
    if (models !== null) this.list.value = models;
    this.looking.value = false;
  }

  /** False when it could not be chosen. */
  async choose({ id, provider, host }: ModelInfo): Promise<boolean> {
    const before = { id: this.current.value, host: this.host.value };
    this.current.value = id;
    this.host.value = host;
    const chosen = await this.#attempt(this.#transport.call("model.set", { model: id, provider, host }));
    this.current.value = chosen?.model ?? before.id;
    this.host.value = chosen === null ? before.host : (chosen.host ?? host);
    return chosen !== null;
  }
}
