/**
 * Markdown that is still being written. Blocks that can no longer change are rendered once and left alone; only
 * the open end is parsed again, so the cost of an answer is linear in its length. When all has arrived the DOM is
 * the same as that of `renderMarkdown`.
 */

import type { Token, TokensList } from "marked";
import { CodeBlock } from "./codeBlock.js";
import { lex, render } from "./markdown.js";

const FENCE = /^(`{3,}|~{3,})([^\n`]*)\n/;
/**
 * A backlog is rendered in slices, and the page can breathe between them. Their size follows what this machine can
 * do in a fraction of a frame.
 */
const SLICE = { start: 3000, least: 750, most: 12_000 };
const SLICE_MS = 12;
const BREATH_MS = 8;
/** A render that took long makes the next one wait this many times as long: one huge block stays affordable. */
const REST = 4;
const FREE_MS = 12;

export class StreamingMarkdown {
  readonly #container: HTMLElement;
  /** What has arrived and was not looked at yet. */
  #queue = "";
  #slice = SLICE.start;
  /** What was looked at after the last finished block. */
  #tail = "";
  #nodes: ChildNode[] = [];
  #code: OpenCode | null = null;
  #definitions = false;
  #source: (() => string) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement) {
    this.#container = container;
  }

  append(text: string): void {
    this.#queue += text;
    if (this.#timer === undefined) this.#pump();
  }

  /** The last text. `source` is all of it: a link definition at the end may concern the beginning. */
  finish(text: string, source: () => string): void {
    this.#source = source;
    this.append(text);
  }

  /** Renders all that has arrived, without waiting. */
  flush(): void {
    this.dispose();
    while (this.#queue !== "") this.#step();
    if (this.#source !== null) this.#conclude(this.#source);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pump(): void {
    this.#timer = undefined;
    if (this.#queue === "" && this.#source === null) return;
    const started = performance.now();
    this.#step();
    if (this.#queue === "" && this.#source !== null) {
      this.#conclude(this.#source);
      return;
    }
    const took = performance.now() - started;
    if (this.#queue !== "") {
      const fitting = (this.#slice * SLICE_MS) / Math.max(took, 1);
      this.#slice = Math.round(Math.min(SLICE.most, Math.max(SLICE.least, fitting)));
    }
    // Slices of a backlog are all needed; only the repeated rendering of the same open end has to be rationed.
    const wait = this.#queue !== "" ? BREATH_MS : took > FREE_MS ? took * REST : 0;
    if (wait > 0) this.#timer = setTimeout(() => this.#pump(), wait);
  }

  #step(): void {
    if (this.#queue === "") return;
    // One block that grows and grows, a list of a thousand items, is parsed as a whole each time: with steps in
    // proportion to its length the sum stays linear.
    const length = this.#code === null ? Math.max(this.#slice, this.#tail.length / 2) : this.#slice;
    this.#tail += this.#queue.slice(0, length);
    this.#queue = this.#queue.slice(length);
    if (this.#code?.extend(this.#tail) !== true) this.#renderBlocks();
  }

  #conclude(source: () => string): void {
    this.#source = null;
    this.#code = null;
    const blocks = lex(this.#tail);
    this.#note(blocks);
    if (this.#definitions) this.#container.replaceChildren(render(lex(source())));
    else this.#replaceOpen(render(blocks));
    this.#nodes = [];
    this.#tail = "";
  }

  #renderBlocks(): void {
    this.#code = null;
    // Half of "\r\n" would count as a line of its own.
    const held = this.#tail.endsWith("\r") ? "\r" : "";
    const source = (held ? this.#tail.slice(0, -1) : this.#tail).replace(/\r\n?/g, "\n");
    const blocks = lex(source);
    this.#note(blocks);
    const closed = countClosed(blocks);
    const finished = blocks.slice(0, closed);
    const open = blocks.slice(closed);
    this.#tail = source.slice(finished.reduce((length, block) => length + block.raw.length, 0)) + held;
    const fragment = document.createDocumentFragment();
    if (finished.length > 0) fragment.append(render(finished));
    const nodes = this.#renderOpen(open);
    fragment.append(...nodes);
    this.#replaceOpen(fragment);
    this.#nodes = nodes;
  }

  #renderOpen(open: Token[]): ChildNode[] {
    const only = open.length === 1 ? open[0] : undefined;
    if (only?.type === "code") {
      this.#code = OpenCode.at(this.#tail);
      if (this.#code !== null) return [this.#code.element];
    }
    return open.length === 0 ? [] : [...render(open).childNodes];
  }

  #replaceOpen(fragment: DocumentFragment): void {
    for (const node of this.#nodes) node.remove();
    this.#container.append(fragment);
  }

  #note(blocks: TokensList): void {
    this.#definitions ||= Object.keys(blocks.links).length > 0;
  }
}

/** How many leading blocks no further text can change: all before the last whose first line is complete. */
function countClosed(blocks: Token[]): number {
  let last = blocks.length - 1;
  while (last >= 0 && blocks[last]?.type === "space") last -= 1;
  const incomplete = last === blocks.length - 1 && blocks[last]?.raw.includes("\n") === false;
  if (incomplete) last -= 1;
  while (last >= 0 && blocks[last]?.type === "space") last -= 1;
  return Math.max(last, 0);
}

/** A fence without its end: new text is appended to the code without looking at what came before. */
class OpenCode {
  readonly #block: CodeBlock;
  readonly #start: number;
  readonly #closing: RegExp;
  #scanned: number;

  private constructor(fence: string, language: string, start: number) {
    this.#block = new CodeBlock(language);
    this.#start = start;
    this.#scanned = start;
    this.#closing = new RegExp(`^ {0,3}${fence}`, "m");
  }

  /** The open code that begins this source, or null when it is closed, indented or not a fence. */
  static at(source: string): OpenCode | null {
    const match = FENCE.exec(source);
    if (match?.[1] === undefined) return null;
    const language = /^[\w+#.-]*/.exec((match[2] ?? "").trim())?.[0] ?? "";
    const code = new OpenCode(match[1], language.toLowerCase(), match[0].length);
    return code.extend(source) ? code : null;
  }

  get element(): HTMLElement {
    return this.#block.element;
  }

  /** False when the fence has been closed and the source needs a parser again. */
  extend(source: string): boolean {
    if (this.#closing.test(source.slice(this.#scanned))) return false;
    const lastLine = source.lastIndexOf("\n") + 1;
    this.#scanned = Math.max(this.#start, lastLine);
    const partialFence = /^ {0,3}(?:`+|~+)$/.test(source.slice(lastLine));
    const end = partialFence ? lastLine : source.length;
    this.#block.update(source.slice(this.#start, end).replace(/\r/g, "").replace(/\n$/, ""));
    return true;
  }
}
