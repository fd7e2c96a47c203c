/**
 * Markdown that a model wrote, as safe DOM. Nothing in it is trusted: HTML is shown as text (but for a few inline
 * tags without attributes), links open elsewhere, pictures load only after a click, and DOMPurify sees it all.
 */

import createDOMPurify, { type Config } from "dompurify";
import { Marked, type Token, type TokensList } from "marked";
import { CodeBlock } from "./codeBlock.js";
import { iconMarkup } from "./icons.js";
import { isLink } from "./links.js";
import { maths } from "./maths.js";
import { trans } from "./words.js";

const INLINE_TAG = /^<\/?(?:br|sub|sup|kbd|mark|b|i|u|s|em|strong|small|del|ins)\s*\/?>$/i;
const SAFE_LINK = /^(?:https?:|mailto:)/i;
const REMOTE_IMAGE = /^https?:/i;

const SANITIZE = {
  USE_PROFILES: { html: true, mathMl: true },
  FORBID_TAGS: [
    "style",
    "form",
    "input",
    "button",
    "textarea",
    "select",
    "img",
    "svg",
    "iframe",
    "object",
    "embed",
  ],
  FORBID_ATTR: ["id", "name", "srcset", "src", "action", "formaction", "background", "poster"],
  ADD_ATTR: ["target"],
  ALLOW_DATA_ATTR: true,
  RETURN_DOM_FRAGMENT: true,
} satisfies Config;

const purify = createDOMPurify(window);

purify.addHook("uponSanitizeAttribute", (element, data) => {
  // A scheme that no browser knows: the page decides what a click does.
  if (data.attrName === "href" && element.localName === "a" && isLink(data.attrValue)) {
    data.forceKeepAttr = true;
    return;
  }
  // Formulas need a few lengths and colours; elsewhere a style could cover the page or call home.
  if (data.attrName !== "style") return;
  const maths = element.namespaceURI === "http://www.w3.org/1998/Math/MathML";
  if (!maths || /url|image|expression|position|@|\\/i.test(data.attrValue)) data.keepAttr = false;
});

const marked = new Marked({ gfm: true, breaks: false, async: false }, maths, {
  renderer: {
    html({ text }) {
      return INLINE_TAG.test(text.trim()) ? text : escapeHtml(text);
    },
    heading({ tokens, depth }) {
      // Below the headings of the notebook around it.
      const level = Math.min(depth + 2, 6);
      return `<h${level} class="squid-h${depth}">${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    link({ href, title, tokens }) {
      const text = this.parser.parseInline(tokens);
      if (isLink(href.trim())) return `<a class="squid-link" href="${escapeHtml(href.trim())}">${text}</a>`;
      if (!SAFE_LINK.test(href.trim())) return text;
      const tip = title ? ` title="${escapeHtml(title)}"` : "";
      return `<a href="${escapeHtml(href.trim())}"${tip} target="_blank" rel="noopener noreferrer">${text}</a>`;
    },
    image({ href, text }) {
      const label = escapeHtml(text || "image");
      if (!REMOTE_IMAGE.test(href.trim())) return label;
      return `<span data-squid-image="${escapeHtml(href.trim())}">${label}</span>`;
    },
    checkbox({ checked }) {
      return `<span role="img" aria-label="${checked ? "done" : "to do"}">${checked ? "☑" : "☐"}</span> `;
    },
    code({ text, lang }) {
      const language = /^[\w+#.-]*/.exec(lang ?? "")?.[0] ?? "";
      return `<pre data-squid-language="${language.toLowerCase()}">${escapeHtml(text)}</pre>\n`;
    },
  },
});

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The blocks of a source. */
export function lex(source: string): TokensList {
  return marked.lexer(source);
}

/** Blocks as DOM. */
export function render(blocks: Token[]): DocumentFragment {
  const fragment = purify.sanitize(marked.parser(blocks), SANITIZE);
  for (const pre of fragment.querySelectorAll("pre")) pre.replaceWith(codeBlock(pre));
  for (const span of fragment.querySelectorAll<HTMLElement>("[data-squid-image]")) {
    // A button inside a link would be two controls in one.
    span.replaceWith(span.closest("a") === null ? imagePlaceholder(span) : (span.textContent ?? ""));
  }
  for (const table of fragment.querySelectorAll("table")) wrapTable(table);
  return fragment;
}

/** A whole text as DOM. */
export function renderMarkdown(source: string): DocumentFragment {
  return render(lex(source));
}

function codeBlock(pre: HTMLElement): HTMLElement {
  const block = new CodeBlock(pre.dataset.squidLanguage ?? "");
  block.finish(pre.textContent ?? "");
  return block.element;
}

/** Loading a picture tells its host who reads what, so a person decides. */
function imagePlaceholder(span: HTMLElement): HTMLElement {
  const url = span.dataset.squidImage ?? "";
  const label = span.textContent ?? trans.__("image");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "squid-image";
  button.innerHTML = iconMarkup("image");
  button.append(trans.__("Load image “%1” from %2", label, hostOf(url)));
  button.addEventListener("click", () => {
    const image = document.createElement("img");
    image.alt = label;
    image.referrerPolicy = "no-referrer";
    image.src = url;
    button.replaceWith(image);
  });
  return button;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function wrapTable(table: HTMLTableElement): void {
  const scroller = document.createElement("div");
  scroller.className = "squid-table";
  scroller.tabIndex = 0;
  table.replaceWith(scroller);
  scroller.append(table);
}
