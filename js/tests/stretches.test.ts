import { expect, test } from "vitest";
import { blankMessage, type Entry, storedTurn } from "../src/entries.js";
import { type Stretch, Stretches } from "../src/stretches.js";

function messages(from: number, to: number): Entry[] {
  return Array.from({ length: to - from }, (_, index) =>
    storedTurn(blankMessage({ id: `m${from + index}` })),
  );
}

function keys(stretches: readonly Stretch[]): string[] {
  return stretches.flatMap(({ entries }) => entries.map(({ key }) => key));
}

/** Where each message is. */
function homes(stretches: readonly Stretch[]): Map<string, number> {
  return new Map(stretches.flatMap(({ id, entries }) => entries.map(({ key }) => [key, id])));
}

test("a conversation is divided in order, and none of the stretches is long", () => {
  const entries = messages(0, 5000);
  const stretches = new Stretches().divide(entries);
  expect(keys(stretches)).toEqual(entries.map(({ key }) => key));
  expect(Math.max(...stretches.map(({ entries }) => entries.length))).toBe(40);
});

test("what is loaded above and said below moves no message and changes no other stretch", () => {
  const divider = new Stretches();
  let entries = messages(1000, 1050);
  let before = divider.divide(entries);
  for (const [from, to] of [
    [500, 1000],
    [470, 500],
    [1050, 1052],
    [1052, 1100],
  ] as const) {
    const fresh = messages(from, to);
    entries = from < 1000 ? [...fresh, ...entries] : [...entries, ...fresh];
    const after = divider.divide(entries);
    expect(keys(after)).toEqual(entries.map(({ key }) => key));
    const now = homes(after);
    for (const [key, id] of homes(before)) expect(now.get(key)).toBe(id);
    expect(new Set(after.map(({ id }) => id)).size).toBe(after.length);
    const changed = before.filter((stretch) => !after.includes(stretch));
    expect(changed.length).toBeLessThanOrEqual(1);
    before = after;
  }
});

test("a message that changes changes its own stretch alone", () => {
  const divider = new Stretches();
  const entries = messages(0, 200);
  const before = divider.divide(entries);
  const other = storedTurn(blankMessage({ id: "m100", content: "new" }));
  const after = divider.divide(entries.map((entry) => (entry.key === "m100" ? other : entry)));
  expect(after.filter((stretch) => !before.includes(stretch))).toHaveLength(1);
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});

test("deleting leaves the others where they are", () => {
  const divider = new Stretches();
  const entries = messages(0, 100);
  const before = homes(divider.divide(entries));
  const after = divider.divide(entries.filter((_, index) => index < 30 || index >= 50));
  for (const [key, id] of homes(after)) expect(before.get(key)).toBe(id);
});
