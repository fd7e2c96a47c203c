/** What a chat shows and what is being written in it, kept by JupyterLab over a reload of the page. */

import type { IStateDB } from "@jupyterlab/statedb";
import { effect } from "@preact/signals";
import type { Draft } from "../draft.js";
import type { ChatPanel } from "./panel.js";

const KEY = "squid-nb:panel";
/** Milliseconds without a further change, after which it is kept. */
const QUIET = 500;

/** Calls when another text stands in a draft, once it rests; returns the function that stops it. */
export function whenWritten({ text }: Draft, call: () => void): () => void {
  let known = text.peek();
  let later: ReturnType<typeof setTimeout> | undefined;
  return effect(() => {
    if (text.value === known) return;
    known = text.value;
    clearTimeout(later);
    later = setTimeout(call, QUIET);
  });
}

/** The side panel's. */
export class Remembered {
  readonly #panel: ChatPanel;
  readonly #state: IStateDB;

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
    this.#panel.sessionChanged.connect(() => this.#keep());
    whenWritten(draft, () => this.#keep());
  }

  async #kept(): Promise<{ session?: unknown; text?: unknown }> {
    try {
      return ((await this.#state.fetch(KEY)) ?? {}) as { session?: unknown; text?: unknown };
    } catch (reason) {
      console.warn("What the Squid panel has shown is not known.", reason);
      return {};
    }
  }

  #keep(): void {
    const { session, draft } = this.#panel;
    void this.#state.save(KEY, { session, text: draft.text.peek() });
  }
}
