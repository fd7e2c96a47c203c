/** Marks found words in what is rendered, without touching its DOM; browsers that cannot just show the message. */

const NAME = "squid-find";
const MOST = 500;

/** Marks every occurrence in an element; returns the first. */
export function mark(element: Element, text: string): Range | null {
  const ranges = text === "" ? [] : rangesOf(element, text.toLowerCase());
  if ("highlights" in CSS) CSS.highlights.set(NAME, new Highlight(...ranges));
  return ranges[0] ?? null;
}

export function unmark(): void {
  if ("highlights" in CSS) CSS.highlights.delete(NAME);
}

function rangesOf(element: Element, text: string): Range[] {
  const nodes: Text[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  const starts: number[] = [];
  let whole = "";
  for (const node of nodes) {
    starts.push(whole.length);
    whole += node.data;
  }
  const lower = whole.toLowerCase();
  // Some letters change their length in lower case; then positions would be wrong.
  if (lower.length !== whole.length) return [];
  const ranges: Range[] = [];
  for (let at = lower.indexOf(text); at >= 0 && ranges.length < MOST; at = lower.indexOf(text, at + 1)) {
    const range = document.createRange();
    setEnd(range, "setStart", nodes, starts, at);
    setEnd(range, "setEnd", nodes, starts, at + text.length);
    ranges.push(range);
  }
  return ranges;
}

function setEnd(range: Range, end: "setStart" | "setEnd", nodes: Text[], starts: number[], at: number): void {
  const place = end === "setStart" ? at : at - 1;
  let index = starts.findIndex((start) => start > place) - 1;
  if (index < 0) index = nodes.length - 1;
  const node = nodes[index];
  if (node !== undefined) range[end](node, at - (starts[index] ?? 0));
}
