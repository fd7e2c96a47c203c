/** What is known about one conversation: signals that views read. Who changes them is in the files beside this one. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { change, type Entry, isLive, type Turn } from "./entries.js";
import type { Connection } from "./transport.js";
import { problemOf } from "./transport.js";
import type { ContextUse, Limits, SendKey, Work } from "./wire.js";

export interface Problem {
  message: string;
  hint: string;
}

/** Something that was done and can be taken back. */
export interface Done {
  text: string;
  undo(): void;
}

export class ConversationState {
  readonly ready = signal(false);
  readonly sessionId: Signal<string | null> = signal(null);
  readonly title = signal("");
  readonly entries: Signal<Entry[]> = signal([]);
  /** Cursor of the page above the first message; null at the top. */
  readonly earlier: Signal<string | null> = signal(null);
  /** How many messages are other versions of what is shown, or follow one. */
  readonly hidden = signal(0);
  readonly limits: Signal<Limits> = signal({ max_file_size_mb: 10, max_files_per_message: 5 });
  readonly context: Signal<ContextUse | null> = signal(null);
  readonly sendKey: Signal<SendKey> = signal("enter");
  readonly connection: Signal<Connection> = signal("connecting");
  /** What the transport says about a connection that is not there. */
  readonly trouble: Signal<Problem | null> = signal(null);
  /** Who has the database while this view waits for it; empty when nobody waits. */
  readonly waiting = signal("");
  /** What a command does that takes long; null when none does. */
  readonly work: Signal<Work | null> = signal(null);
  readonly problem: Signal<Problem | null> = signal(null);
  readonly done: Signal<Done | null> = signal(null);
  /** Counts the questions asked here; each is worth bringing into view. */
  readonly sent = signal(0);
  /** What assistive technology is told: one short sentence at a time. */
  readonly status = signal("");
  /** A message to bring into view; a new object each time. With `linked` it is shown as what a link meant. */
  readonly target: Signal<{ id: string; linked?: boolean } | null> = signal(null);
  /** Key of the question that is being said in other words. */
  readonly editing: Signal<string | null> = signal(null);
  readonly busy: ReadonlySignal<boolean> = computed(() => this.entries.value.some(isLive));

  /** Awaits a call and shows its failure; null when it failed. */
  async attempt<T>(call: Promise<T>): Promise<T | null> {
    try {
      return await call;
    } catch (error) {
      if (this.connection.value !== "gone") this.problem.value = problemOf(error);
      return null;
    }
  }

  turn(key: string): Turn | undefined {
    const entry = this.entries.value.find((candidate) => candidate.key === key);
    return entry?.kind === "turn" ? entry : undefined;
  }

  change(key: string, fields: Partial<Turn>): void {
    this.entries.value = change(this.entries.value, key, fields);
  }

  /** An empty chat. */
  clear(): void {
    this.sessionId.value = null;
    this.title.value = "";
    this.entries.value = [];
    this.earlier.value = null;
    this.hidden.value = 0;
    this.done.value = null;
    this.editing.value = null;
    const limit = this.context.value?.limit;
    this.context.value = limit === undefined ? null : { tokens: 0, limit };
  }
}
