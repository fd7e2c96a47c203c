/**
 * Links to sessions and messages: `squid:session/<id>` and `squid:message/<id>`. They work in every Markdown that
 * JupyterLab shows, and in chats. `squid_nb/links.py` reads the same addresses.
 */

export type Linked = "session" | "message";

const ADDRESS = "squid:(?:session|message)/[0-9a-f-]{6,36}";
const WHOLE = new RegExp(`^${ADDRESS}$`, "i");
/** As people paste it: `[words](address)`, `<address>`, or the address alone. */
const PASTED = new RegExp(
  `\\[([^\\]\\n]{1,200})\\]\\(<?(${ADDRESS})>?\\)|<(${ADDRESS})>|(?<![\\w/:])(${ADDRESS})(?![\\w/-])`,
  "gi",
);
const SCHEME = /^\s*squid:/i;
/** What means something in a link's words, and what would end them. */
const MARKUP = /[\\`*_[\]<>|$~#\s]+/g;
const MOST_WORDS = 60;

/** Whether this leads to a session or a message. */
export function isLink(uri: string): boolean {
  return WHOLE.test(uri);
}

export function addressOf(kind: Linked, id: string): string {
  return `squid:${kind}/${id}`;
}

/** A link to paste into Markdown; its words are only text. */
export function linkTo(kind: Linked, id: string, words: string): string {
  const plain = words.replace(MARKUP, " ").trim();
  const short = plain.length > MOST_WORDS ? `${plain.slice(0, MOST_WORDS - 1).trimEnd()}…` : plain;
  return `[${short}](${addressOf(kind, id)})`;
}

/** Where a click goes when it goes to Squid, also when nothing will be found there: the page must not go anywhere. */
export function linkAt(event: Event): { uri: string; anchor: HTMLElement } | null {
  for (const target of event.composedPath()) {
    if (!(target instanceof Element) || target.localName !== "a") continue;
    const uri = target.getAttribute("href") ?? "";
    return SCHEME.test(uri) ? { uri: uri.trim(), anchor: target as HTMLElement } : null;
  }
  return null;
}

export interface Piece {
  text: string;
  /** Where it leads; null when it is only text. */
  uri: string | null;
}

/** A text that nobody renders as Markdown, with the links in it. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(PASTED)) {
    const [whole, words, worded, wrapped, bare] = match;
    const uri = worded ?? wrapped ?? bare ?? "";
    if (match.index > end) found.push({ text: text.slice(end, match.index), uri: null });
    found.push({ text: words ?? uri, uri });
    end = match.index + whole.length;
  }
  if (end < text.length || found.length === 0) found.push({ text: text.slice(end), uri: null });
  return found;
}
