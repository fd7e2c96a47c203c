/** What the side panel shows and what is being written in it, kept by JupyterLab over a reload of the page. */

import type { IStateDB } from "@jupyterlab/statedb";
import { effect } from "@preact/signals";
import type { ChatPanel } from "./panel.js";

const KEY = "squid-nb:panel";
/** Milliseconds without a further change, after which it is kept. */
const QUIET = 500;

export class Remembered {
  readonly #panel: ChatPanel;
  readonly #state: IStateDB;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(panel: ChatPanel, state: IStateDB) {
    this.#panel = panel;
    this.#state = state;
  }

  /** Brings back what was kept, as far as nobody has begun something else meanwhile, and keeps what comes. */
  async begin(): Promise<void> {
    const { draft } = this.#panel;
    const { session, text } = await this.#kept();
    if (typeof session === "string" && this.#panel.session === null) this.#panel.open(session);
    if (typeof text === "string" && draft.text.peek() === "") draft.text.value = text;
    this.#panel.sessionChanged.connect(() => this.#keep(0));
    let known = draft.text.peek();
    effect(() => {
      if (draft.text.value === known) return;
      known = draft.text.value;
      this.#keep(QUIET);
    });
  }

  async #kept(): Promise<{ session?: unknown; text?: unknown }> {
    try {
      return ((await this.#state.fetch(KEY)) ?? {}) as { session?: unknown; text?: unknown };
    } catch (reason) {
      console.warn("What the Squid panel has shown is not known.", reason);
      return {};
    }
  }

  #keep(wait: number): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => {
      const { session, draft } = this.#panel;
      void this.#state.save(KEY, { session, text: draft.text.peek() });
    }, wait);
  }
}
