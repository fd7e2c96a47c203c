/** What is left of offered completions while somebody goes on typing and newer ones are on their way. */

import type { Completion } from "./wire.js";

/** Those that the text at the cursor still begins; null when none is left, or the text before them has changed. */
export function narrowed(
  { start, end, matches }: Completion,
  offeredFor: string,
  text: string,
  cursor: number,
): Completion | null {
  const grown = text.length - offeredFor.length;
  const elsewhere =
    text.slice(0, start) !== offeredFor.slice(0, start) || text.slice(end + grown) !== offeredFor.slice(end);
  if (cursor < start || elsewhere) return null;
  const typed = text.slice(start, cursor).toLowerCase();
  const left = matches.filter((match) => match.text.toLowerCase().startsWith(typed));
  return left.length === 0 ? null : { start, end: Math.max(cursor, end + grown), matches: left };
}
