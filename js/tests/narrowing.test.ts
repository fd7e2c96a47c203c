import { describe, expect, test } from "vitest";
import { narrowed } from "../src/narrowing.js";
import type { Match } from "../src/wire.js";

const match = (text: string): Match => ({ text, label: text, type: "variable" });
const OFFERED = { start: 8, end: 12, matches: [match("@catches"), match("@cats")] };
const TEXT = "Look at @cat";

function after(text: string, cursor = text.length) {
  const left = narrowed(OFFERED, TEXT, text, cursor);
  return left && { range: text.slice(left.start, left.end), texts: left.matches.map((one) => one.text) };
}

describe("completions that were offered for an earlier text", () => {
  test.each([
    ["go on", "Look at @catc", { range: "@catc", texts: ["@catches"] }],
    ["whatever the capitals", "Look at @CAT", { range: "@CAT", texts: ["@catches", "@cats"] }],
    ["come back", "Look at @ca", { range: "@ca", texts: ["@catches", "@cats"] }],
    ["end with what nothing begins with", "Look at @catches?", null],
    ["end with a text that is another", "What stands out in @catches", null],
    ["end before their name", "Look at", null],
  ])("%s", (_, text, left) => expect(after(text)).toEqual(left));

  test("keep what follows them", () => {
    const offered = { ...OFFERED, end: 12 };
    expect(narrowed(offered, `${TEXT} please`, "Look at @catc please", 13)?.end).toBe(13);
    expect(narrowed(offered, `${TEXT} please`, "Look at @catc thanks", 13)).toBeNull();
  });
});
