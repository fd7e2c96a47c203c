/** Formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]` become MathML, which browsers render themselves. */

import type { MarkedExtension, TokenizerExtension, Tokens } from "marked";
import temml from "temml";

const BLOCK = /^ {0,3}(?:\$\$|\\\[)/;
/** Up to the closing mark; a blank line ends a formula that nobody closed. */
const DOLLARS = /^ {0,3}\$\$((?:(?!\$\$|\n[ \t]*\n)[\s\S])+)\$\$[ \t]*(?:\n+|$)/;
const BRACKETS = /^ {0,3}\\\[((?:(?!\\\]|\n[ \t]*\n)[\s\S])+)\\\][ \t]*(?:\n+|$)/;
const UNCLOSED = /^[^\n]*(?:\n(?![ \t]*(?:\n|$))[^\n]*)*\n?/;

/** As in Pandoc: no space inside the dollars and no digit after them, so that prices stay prices. */
const INLINE_DOLLARS = /^\$(?!\s|\$)((?:\\.|[^\\\n$])+?)(?<!\s)\$(?!\d)/;
const INLINE_DOUBLE = /^\$\$((?:\\.|[^\\\n$])+?)\$\$/;
const INLINE_PARENS = /^\\\(((?:(?!\\\))[^\n])+)\\\)/;
const INLINE_BRACKETS = /^\\\[((?:(?!\\\])[^\n])+)\\\]/;

interface Maths extends Tokens.Generic {
  type: "maths";
  text: string;
  display: boolean;
}

const blockMaths: TokenizerExtension = {
  name: "mathsBlock",
  level: "block",
  start: (source) => /(?:^|\n) {0,3}(?:\$\$|\\\[)/.exec(source)?.index,
  tokenizer(source) {
    if (!BLOCK.test(source)) return undefined;
    const match = DOLLARS.exec(source) ?? BRACKETS.exec(source);
    if (match?.[1] !== undefined)
      return { type: "maths", raw: match[0], text: match[1].trim(), display: true };
    // Its lines stay together until the closing mark arrives, else a line that begins with "-" becomes a list.
    const open = UNCLOSED.exec(source)?.[0] ?? source;
    return { type: "openMaths", raw: open, tokens: this.lexer.inline(open.trim()) };
  },
};

const inlineMaths: TokenizerExtension = {
  name: "mathsInline",
  level: "inline",
  start: (source) => /\$|\\[([]/.exec(source)?.index,
  tokenizer(source) {
    const display = INLINE_DOUBLE.exec(source) ?? INLINE_BRACKETS.exec(source);
    const match = display ?? INLINE_DOLLARS.exec(source) ?? INLINE_PARENS.exec(source);
    if (match?.[1] === undefined) return undefined;
    return { type: "maths", raw: match[0], text: match[1].trim(), display: display !== null };
  },
};

function toMathML(source: string, display: boolean): string {
  return temml.renderToString(source, { displayMode: display, throwOnError: false, trust: false });
}

export const maths: MarkedExtension = {
  extensions: [
    blockMaths,
    inlineMaths,
    {
      name: "maths",
      renderer(token) {
        const { text, display } = token as Maths;
        return display ? `<span class="squid-formula">${toMathML(text, true)}</span>` : toMathML(text, false);
      },
    },
    {
      name: "openMaths",
      renderer(token) {
        return `<p>${this.parser.parseInline(token.tokens ?? [])}</p>\n`;
      },
    },
  ],
};
