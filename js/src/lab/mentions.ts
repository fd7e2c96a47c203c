/**
 * `@names` in the text of a draft become chips: parts of the notebook, the kernel's variables, files. A chip that was
 * removed stays away as long as its name stays in the text.
 */

import { effect } from "@preact/signals";
import { filesIn, tooMany } from "../attachments.js";
import type { Draft } from "../draft.js";
import type { Attachment } from "../transport.js";
import type { NotebookContext } from "./notebookContext.js";

const MENTION = /(^|\s)(@[^\s@]+)/g;
const PUNCTUATION = /[.,;:!?)\]}'"]+$/;

export class Mentions {
  readonly #draft: Draft;
  readonly #context: NotebookContext;
  /** Name → its chip once it is known; null for what means nothing. */
  readonly #known = new Map<string, Promise<Attachment | null>>();
  readonly #shown = new Map<string, Attachment>();
  /** Settles when every chip has its place: they come in the order of their names, however long each is looked for. */
  #placed: Promise<void> = Promise.resolve();

  constructor(draft: Draft, context: NotebookContext, signal: AbortSignal) {
    this.#draft = draft;
    this.#context = context;
    draft.settle = () => this.#settle();
    const stop = effect(() => this.#look(draft.text.value));
    signal.addEventListener("abort", stop);
    // After a reload the text is there before the notebook, whose cells come one by one.
    let later: ReturnType<typeof setTimeout> | undefined;
    context.onChange(() => {
      clearTimeout(later);
      later = setTimeout(() => {
        if (!signal.aborted) this.#look(draft.text.peek());
      });
    });
  }

  #look(text: string): void {
    const names = mentioned(text, { finished: true });
    this.#forget(mentioned(text, { finished: false }));
    for (const name of names) void this.#attach(name);
  }

  /** Everything in the text has its chip; files are named without their `@`, so that nobody reads them again. */
  async #settle(): Promise<void> {
    const names = mentioned(this.#draft.text.value, { finished: false });
    await Promise.all(names.map((name) => this.#attach(name)));
    const files = names.filter((name) => this.#shown.has(name) && this.#context.isFile(name));
    const plain = files.reduce((text, name) => text.replaceAll(name, name.slice(1)), this.#draft.text.value);
    const { value } = this.#draft.attachments;
    if (plain === this.#draft.text.value) return;
    this.#draft.text.value = plain;
    this.#draft.attachments.value = value;
  }

  #attach(name: string): Promise<void> {
    if (!this.#known.has(name)) {
      const resolving = this.#context.resolve(name);
      this.#known.set(name, resolving);
      this.#placed = this.#place(name, resolving, this.#placed);
    }
    return this.#placed;
  }

  async #place(name: string, resolving: Promise<Attachment | null>, before: Promise<void>): Promise<void> {
    await Promise.allSettled([before]);
    const found = await resolving;
    if (this.#known.get(name) !== resolving) return;
    if (found === null) {
      // It may come to exist: a variable that is about to be assigned, a cell that is about to be run.
      this.#known.delete(name);
      return;
    }
    const { attachments } = this.#draft;
    if (attachments.value.some(({ mention }) => mention === name)) return;
    this.#shown.set(name, found);
    const { limits } = this.#context;
    if (filesIn([found]) > 0 && filesIn(attachments.value) >= limits.max_files_per_message) {
      this.#draft.refuse(tooMany([found.name], limits));
      return;
    }
    attachments.value = [...attachments.value, found];
  }

  /** The chips of names that are no longer in the text go. */
  #forget(names: string[]): void {
    const gone = [...this.#known.keys()].filter((name) => !names.includes(name));
    const chips = gone.map((name) => this.#shown.get(name));
    for (const name of gone) {
      this.#known.delete(name);
      this.#shown.delete(name);
    }
    const { attachments } = this.#draft;
    const kept = attachments.peek().filter((one) => !chips.includes(one));
    if (kept.length < attachments.peek().length) attachments.value = kept;
  }
}

/** The names in a text; `finished` leaves out the one that may still be typed. */
export function mentioned(text: string, { finished }: { finished: boolean }): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(MENTION)) {
    const ends = match.index + match[0].length === text.length;
    if (finished && ends) continue;
    names.add((match[2] ?? "").replace(PUNCTUATION, ""));
  }
  return [...names].filter((name) => name.length > 1);
}
