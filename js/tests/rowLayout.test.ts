import { describe, expect, test } from "vitest";
import { layoutOf, rowAt, sectionOf, topOf } from "../src/rowLayout.js";

const GROUPS = [
  { key: "pinned", count: 2 },
  { key: "today", count: 1 },
  { key: "2026-03", count: 4 },
];

describe("the layout of a long list", () => {
  const layout = layoutOf(GROUPS, 50, 30);

  test("has a heading above each group", () => {
    expect(layout.rows).toBe(7);
    expect(layout.height).toBe(3 * 30 + 7 * 50);
    expect([0, 1, 2, 3, 6].map((index) => topOf(layout, index))).toEqual([30, 80, 160, 240, 390]);
    expect(sectionOf(layout, 2)?.key).toBe("today");
  });

  test("finds the row at a height, and the first of a group at its heading", () => {
    for (let index = 0; index < layout.rows; index += 1) {
      expect(rowAt(layout, topOf(layout, index))).toBe(index);
      expect(rowAt(layout, topOf(layout, index) + 49)).toBe(index);
    }
    expect(rowAt(layout, 0)).toBe(0);
    expect(rowAt(layout, 131)).toBe(2);
    expect(rowAt(layout, 1_000_000)).toBe(6);
    expect(rowAt(layout, -5)).toBe(0);
  });

  test("of one group without a name has no heading", () => {
    const plain = layoutOf([{ key: "rest", count: 3 }], 50, 30);
    expect(plain.height).toBe(150);
    expect(topOf(plain, 0)).toBe(0);
  });

  test("of nothing is nothing", () => {
    const empty = layoutOf([], 50, 30);
    expect([empty.height, empty.rows, rowAt(empty, 10), topOf(empty, 0)]).toEqual([0, 0, 0, 0]);
  });
});
