/** Finding words in a conversation, also in messages that are not loaded yet. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ConversationState } from "./conversationState.js";
import type { Transport } from "./transport.js";

export class Finding {
  readonly open = signal(false);
  readonly text = signal("");
  /** Messages with these words, oldest first; null while nothing was looked for. */
  readonly ids: Signal<string[] | null> = signal(null);
  readonly at = signal(0);
  readonly current: ReadonlySignal<string | null> = computed(
    () => (this.open.value ? this.ids.value?.[this.at.value] : null) ?? null,
  );

  readonly #state: ConversationState;
  readonly #transport: Transport;
  readonly #load: (messageId: string) => Promise<boolean>;
  #asked = 0;

  constructor(state: ConversationState, transport: Transport, load: (messageId: string) => Promise<boolean>) {
    this.#state = state;
    this.#transport = transport;
    this.#load = load;
  }

  show(): void {
    this.open.value = true;
  }

  hide(): void {
    this.open.value = false;
    this.ids.value = null;
    this.#asked += 1;
  }

  /** Looks for words; the newest message with them is shown first. */
  async look(text: string): Promise<void> {
    this.text.value = text;
    this.#asked += 1;
    const number = this.#asked;
    const session_id = this.#state.sessionId.value;
    if (text === "" || session_id === null) {
      this.ids.value = text === "" ? null : [];
      return;
    }
    const found = await this.#state.attempt(this.#transport.call("messages.find", { session_id, text }));
    if (number !== this.#asked || found === null) return;
    this.ids.value = found.ids;
    this.at.value = Math.max(0, found.ids.length - 1);
    await this.#jump(number);
  }

  /** The next match below, or above; around the ends. */
  async go(step: 1 | -1): Promise<void> {
    const count = this.ids.value?.length ?? 0;
    if (count === 0) return;
    this.at.value = (this.at.value + step + count) % count;
    this.#asked += 1;
    await this.#jump(this.#asked);
  }

  async #jump(number: number): Promise<void> {
    const id = this.ids.value?.[this.at.value];
    if (id === undefined || !(await this.#load(id)) || number !== this.#asked) return;
    this.#state.target.value = { id };
  }
}
