/** What a dashboard shows and what it is narrowed to. Every change of a filter asks the kernel for all charts. */

import { computed, signal } from "@preact/signals";
import { inWords } from "./chartWords.js";
import type { DashboardData, Filters } from "./dashboardWire.js";
import { seriesColour } from "./seriesColours.js";
import { type Connection, type Transport, TransportError } from "./transport.js";
import type { WireError } from "./wire.js";
import { trans } from "./words.js";

const EVERYTHING: Filters = { since: null, until: null, models: [] };

export class DashboardState {
  readonly data = signal<DashboardData | null>(null);
  readonly filters = signal<Filters>(EVERYTHING);
  readonly loading = signal(false);
  readonly error = signal<WireError | null>(null);
  readonly connection = signal<Connection>("connecting");
  /** What was done last, for a status line. */
  readonly notice = signal("");
  readonly narrowed = computed(() => {
    const { since, until, models } = this.filters.value;
    return since !== null || until !== null || models.length > 0;
  });
  readonly #transport: Pick<Transport, "call" | "subscribe">;
  readonly #unsubscribe: () => void;
  readonly #colours = new Map<string, string>();
  #latest = 0;

  constructor(transport: Pick<Transport, "call" | "subscribe">) {
    this.#transport = transport;
    this.#unsubscribe = transport.subscribe((push) => {
      if (push.kind === "connection") this.connection.value = push.state;
    });
  }

  dispose(): void {
    this.#unsubscribe();
  }

  async load(): Promise<void> {
    this.#latest += 1;
    const number = this.#latest;
    this.loading.value = true;
    try {
      const data = await this.#transport.call("dashboard", this.filters.value);
      // An answer to filters that have changed meanwhile is of no use.
      if (number !== this.#latest) return;
      this.data.value = { ...data, charts: data.charts.map(inWords) };
      this.error.value = null;
    } catch (error) {
      if (number !== this.#latest) return;
      const { message, hint } =
        error instanceof TransportError
          ? error
          : { message: trans.__("The dashboard could not be loaded."), hint: "" };
      this.error.value = { message, hint };
    }
    this.loading.value = false;
  }

  narrow(change: Partial<Filters>): void {
    this.filters.value = { ...this.filters.value, ...change };
    void this.load();
  }

  clear(): void {
    this.narrow(EVERYTHING);
  }

  toggleModel(model: string): void {
    const { models } = this.filters.value;
    const rest = models.filter((one) => one !== model);
    this.narrow({ models: rest.length < models.length ? rest : [...models, model] });
  }

  /** A model keeps its colour whatever is filtered. */
  colour(model: string): string {
    const known = this.#colours.get(model);
    if (known !== undefined) return known;
    const colour = seriesColour(this.#colours.size);
    this.#colours.set(model, colour);
    return colour;
  }
}
