/**
 * Where the rows of a long list are: a row has one of two heights, and the first of a group has a heading above it.
 * Only arithmetic, so that a list of any length costs what its number of groups costs.
 */

import type { Group } from "./sessionsWire.js";

export interface Section {
  key: string;
  /** Index of its first row. */
  first: number;
  count: number;
  /** Where it begins, its heading included. */
  top: number;
  /** Height of its heading; 0 without one. */
  heading: number;
}

export interface Layout {
  sections: Section[];
  rowHeight: number;
  rows: number;
  height: number;
}

/** A list that is one group without a name needs no heading. */
export function layoutOf(groups: readonly Group[], rowHeight: number, headingHeight: number): Layout {
  const plain = groups.length === 1 && groups[0]?.key === "rest";
  const sections: Section[] = [];
  let first = 0;
  let top = 0;
  for (const { key, count } of groups) {
    const heading = plain ? 0 : headingHeight;
    sections.push({ key, first, count, top, heading });
    first += count;
    top += heading + count * rowHeight;
  }
  return { sections, rowHeight, rows: first, height: top };
}

/** The section of a row. */
export function sectionOf(layout: Layout, index: number): Section | undefined {
  return lastWhere(layout.sections, (section) => section.first <= index);
}

/** Where a row begins; above it, for the first of a section, stands the heading. */
export function topOf(layout: Layout, index: number): number {
  const section = sectionOf(layout, index);
  if (section === undefined) return 0;
  return section.top + section.heading + (index - section.first) * layout.rowHeight;
}

/** The row at a height, or the nearest one. */
export function rowAt(layout: Layout, y: number): number {
  const section = lastWhere(layout.sections, ({ top }) => top <= y) ?? layout.sections[0];
  if (section === undefined) return 0;
  const within = Math.floor((y - section.top - section.heading) / layout.rowHeight);
  return section.first + Math.max(0, Math.min(section.count - 1, within));
}

function lastWhere(sections: readonly Section[], fits: (section: Section) => boolean): Section | undefined {
  let low = 0;
  let high = sections.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(sections[middle] as Section)) low = middle + 1;
    else high = middle;
  }
  return sections[low - 1];
}
