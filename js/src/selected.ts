/** Which sessions are selected: by click, with Shift from one to another, or all that the list has. */

import { type Signal, signal } from "@preact/signals";

export class Selected {
  readonly ids: Signal<ReadonlySet<string>> = signal(new Set());
  /** The id at a place of the list, as far as it is loaded. */
  order: (index: number) => string | undefined = () => undefined;

  readonly #changed: (ids: string[]) => void;
  readonly #read: (offset: number, limit: number | null) => Promise<string[] | null>;
  #anchor = 0;

  constructor(
    changed: (ids: string[]) => void,
    read: (offset: number, limit: number | null) => Promise<string[] | null>,
  ) {
    this.#changed = changed;
    this.#read = read;
  }

  /** As it was before the page was loaded again. */
  restore(ids: string[]): void {
    this.ids.value = new Set(ids);
  }

  toggle(index: number): void {
    const id = this.order(index);
    if (id === undefined) return;
    this.#anchor = index;
    const ids = new Set(this.ids.value);
    if (!ids.delete(id)) ids.add(id);
    this.#become(ids);
  }

  /** From where the selection began to here. */
  async through(index: number): Promise<void> {
    const first = Math.min(this.#anchor, index);
    const ids = await this.#read(first, Math.abs(this.#anchor - index) + 1);
    if (ids !== null) this.#become(new Set(ids));
  }

  /** A range will begin here. */
  anchor(index: number): void {
    this.#anchor = index;
  }

  async all(): Promise<void> {
    const ids = await this.#read(0, null);
    if (ids !== null) this.#become(new Set(ids));
  }

  clear(): void {
    if (this.ids.value.size > 0) this.#become(new Set());
  }

  /** They are gone. */
  forget(gone: string[]): void {
    const ids = new Set(this.ids.value);
    for (const id of gone) ids.delete(id);
    if (ids.size !== this.ids.value.size) this.#become(ids);
  }

  #become(ids: ReadonlySet<string>): void {
    this.ids.value = ids;
    this.#changed([...ids]);
  }
}
