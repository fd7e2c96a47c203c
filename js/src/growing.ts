/**
 * Text that arrives in pieces. Readers are told in animation frames, and each reads only what is new
 * to it, so that the cost of an answer is linear in its length.
 */

import { type Signal, signal } from "@preact/signals";

export type Frame = (callback: () => void) => void;

/** About thirty times a second: text does not look smoother at sixty, and the page has the other frames to itself. */
const animationFrame: Frame = (callback) => {
  setTimeout(() => requestAnimationFrame(callback), 16);
};

export class Growing {
  readonly #pieces: string[] = [];
  readonly #frame: Frame;
  #pending = "";
  #scheduled = false;
  #done = false;

  /** Counts the changes that readers should look at. */
  readonly version: Signal<number> = signal(0);

  constructor(frame: Frame = animationFrame) {
    this.#frame = frame;
  }

  static of(text: string): Growing {
    const growing = new Growing();
    growing.#pending = text;
    growing.finish();
    return growing;
  }

  get done(): boolean {
    return this.#done;
  }

  get empty(): boolean {
    return this.#pieces.length === 0;
  }

  get text(): string {
    return this.#pieces.join("") + this.#pending;
  }

  /** How many pieces there are; a reader remembers it and passes it to `since`. */
  get pieces(): number {
    return this.#pieces.length;
  }

  since(piece: number): string {
    return this.#pieces.slice(piece).join("");
  }

  add(text: string): void {
    this.#pending += text;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#frame(() => {
      this.#scheduled = false;
      if (this.#pending !== "") this.#flush();
    });
  }

  finish(): void {
    this.#done = true;
    this.#flush();
  }

  #flush(): void {
    if (this.#pending !== "") this.#pieces.push(this.#pending);
    this.#pending = "";
    this.version.value += 1;
  }
}
