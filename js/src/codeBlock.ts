/**
 * A block of code with its language and its two buttons. It is plain DOM, since it lives inside rendered Markdown;
 * clicks are found by delegation (`views/Transcript.tsx`).
 */

import { highlight } from "./highlight.js";
import { iconMarkup } from "./icons.js";
import { trans } from "./words.js";

/** Above this a block that is still being written is shown plain, and coloured once when it is finished. */
const LIVE_HIGHLIGHT = 6000;
/** Colouring costs about a millisecond for four kilobytes; nobody reads half a megabyte by colour. */
const HIGHLIGHT = 200_000;

export type CodeAction = "copy" | "insert";

export class CodeBlock {
  readonly element: HTMLDivElement;
  readonly #code: HTMLElement;
  readonly #language: string;
  #shown = "";

  constructor(language: string) {
    this.#language = language;
    this.element = document.createElement("div");
    this.element.className = "squid-code";
    this.#code = document.createElement("code");
    this.element.append(header(language), body(this.#code));
  }

  /** Shows code that may still grow. */
  update(code: string): void {
    if (code.length <= LIVE_HIGHLIGHT) {
      this.finish(code);
      return;
    }
    if (this.#shown !== "" && code.startsWith(this.#shown) && this.#shown.length > LIVE_HIGHLIGHT) {
      this.#code.append(code.slice(this.#shown.length));
    } else {
      this.#code.textContent = code;
    }
    this.#shown = code;
  }

  finish(code: string): void {
    const html = code.length > HIGHLIGHT ? null : highlight(code, this.#language);
    if (html === null) this.#code.textContent = code;
    else this.#code.innerHTML = html;
    this.#shown = code;
  }
}

function header(language: string): HTMLElement {
  const element = document.createElement("div");
  element.className = "squid-code-head";
  const label = document.createElement("span");
  label.textContent = language || trans.__("text");
  element.append(label, button("copy", trans.__("Copy code")), button("insert", trans.__("Insert code")));
  return element;
}

function body(code: HTMLElement): HTMLElement {
  const pre = document.createElement("pre");
  // Wide code scrolls, and what scrolls must be reachable by keyboard.
  pre.tabIndex = 0;
  pre.append(code);
  return pre;
}

function button(action: CodeAction, label: string): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "squid-iconbutton";
  element.dataset.squidAction = action;
  element.title = label;
  element.setAttribute("aria-label", label);
  element.innerHTML = iconMarkup(action);
  return element;
}

/** What a click inside rendered Markdown asks for, or null when it was on neither button. */
export function codeActionAt(
  target: EventTarget | null,
): { action: CodeAction; code: string; button: HTMLElement } | null {
  if (!(target instanceof Element)) return null;
  const button = target.closest<HTMLElement>("[data-squid-action]");
  const code = button?.closest(".squid-code")?.querySelector("code")?.textContent;
  const action = button?.dataset.squidAction;
  if (!button || code == null || (action !== "copy" && action !== "insert")) return null;
  return { action, code, button };
}
