/** What is done with messages that are there: other versions, deleting and its undo, a look at what went along. */

import type { ConversationState } from "./conversationState.js";
import type { Turn } from "./entries.js";
import type { Transport } from "./transport.js";
import type { Sent, SourceContent } from "./wire.js";
import { trans } from "./words.js";

export class Revisions {
  readonly #state: ConversationState;
  readonly #transport: Transport;
  /** Reads the conversation again, down to this message when it has to be in view. */
  readonly #reread: (messageId?: string) => Promise<void>;

  constructor(state: ConversationState, transport: Transport, reread: (messageId?: string) => Promise<void>) {
    this.#state = state;
    this.#transport = transport;
    this.#reread = reread;
  }

  /** Shows the next or the previous version of a message, with what followed it; other doors follow. */
  async turnTo({ message }: Turn, step: 1 | -1): Promise<void> {
    const call = this.#transport.call("message.switch", { message_id: message.id, step });
    const shown = await this.#state.attempt(call);
    if (shown === null) return;
    await this.#reread(shown.message_id);
    this.#state.status.value = trans.__("Version %1 of %2.", message.version + step, message.siblings);
  }

  async remove({ message }: Turn): Promise<void> {
    const call = this.#transport.call("message.delete", { message_id: message.id });
    const removed = await this.#state.attempt(call);
    if (removed === null) return;
    this.#forget(message.id);
    await this.#reread();
    const text =
      removed.messages > 1 ? trans.__("Question deleted with its answer.") : trans.__("Message deleted.");
    this.#state.done.value = { text, undo: () => void this.#restore(removed.removal_id, message.id) };
    this.#state.status.value = trans.__("%1 It can be undone.", text);
  }

  async source(messageId: string, sourceId: string): Promise<SourceContent | null> {
    const call = this.#transport.call("source", { message_id: messageId, source_id: sourceId });
    return this.#state.attempt(call);
  }

  /** A picture in a transcript is no reason for a complaint when it cannot be had. */
  async picture(messageId: string, sourceId: string): Promise<SourceContent | null> {
    return this.#transport.call("source", { message_id: messageId, source_id: sourceId }).catch(() => null);
  }

  async whatWasSent({ message }: Turn): Promise<Sent | null> {
    return this.#state.attempt(this.#transport.call("message.sent", { message_id: message.id }));
  }

  /** It may be far above the page that is read again. */
  #forget(id: string): void {
    this.#state.entries.value = this.#state.entries.value.filter(
      (entry) =>
        entry.kind === "note" ||
        (entry.message.id !== id && !(entry.message.role === "assistant" && entry.message.parent_id === id)),
    );
  }

  async #restore(removal_id: string, messageId: string): Promise<void> {
    this.#state.done.value = null;
    const call = this.#transport.call("message.restore", { removal_id });
    if ((await this.#state.attempt(call)) === null) return;
    await this.#reread(messageId);
    this.#state.status.value = trans.__("Restored.");
  }
}
