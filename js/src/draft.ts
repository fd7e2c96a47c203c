/** The next question while it is written: its text and what goes with it. */

import { type Signal, signal } from "@preact/signals";
import type { Attachment } from "./transport.js";

export class Draft {
  readonly text = signal("");
  readonly attachments: Signal<Attachment[]> = signal([]);
  /** Waits for what the text mentions and the page is still fetching; a page that knows no mentions has nothing. */
  settle: () => Promise<void> = () => Promise.resolve();
  /** Told why something that the text mentions does not go with it. */
  refuse: (reason: string) => void = () => {};

  /** Appends to what is there already. */
  add(text: string, attachments: Attachment[] = []): void {
    const before = this.text.value.trimEnd();
    this.text.value = before === "" ? text : `${before}\n${text}`;
    this.attachments.value = [...this.attachments.value, ...attachments];
  }

  /** What is to be sent; the draft is empty afterwards. */
  take(): { text: string; attachments: Attachment[] } {
    const taken = { text: this.text.value.trim(), attachments: this.attachments.value };
    this.text.value = "";
    this.attachments.value = [];
    return taken;
  }
}
