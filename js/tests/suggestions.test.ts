import { expect, test } from "vitest";
import { type Complete, suggestions } from "../src/suggestions.js";
import type { Match } from "../src/wire.js";

const knowing =
  (...matches: Match[]): Complete =>
  async (text) => ({ start: 0, end: text.length, matches });
const NOBODY: Complete = async () => null;
const ERROR = { text: "@error", label: "error", type: "the last error" };

async function prompt(title: string, complete: Complete): Promise<string | undefined> {
  return suggestions()
    .find((one) => one.title === title)
    ?.prompt(complete);
}

test("the error of the notebook is meant where there is one", async () => {
  expect(await prompt("Explain an error", knowing(ERROR))).toBe("Explain @error and how to fix it.");
  const variable = { text: "error", label: "error: str", type: "variable" };
  expect(await prompt("Explain an error", knowing(variable))).toBe("Explain this error and how to fix it:\n");
});

test.each([
  ["the panel", { text: "@sales", label: "sales", type: "DataFrame" }],
  ["a kernel", { text: "sales", label: "sales: DataFrame", type: "variable" }],
])("a table is named as %s knows it", async (_, table) => {
  const other = { text: "@a", label: "a", type: "int" };
  expect(await prompt("Look at my data", knowing(other, table))).toBe(
    "What stands out in @sales? Suggest three plots.",
  );
});

test("without a table, or without anybody who knows, the question waits for the data", async () => {
  const waits = "What stands out in this data? Suggest three plots:\n";
  expect(await prompt("Look at my data", knowing({ text: "@a", label: "a", type: "int" }))).toBe(waits);
  expect(await prompt("Look at my data", NOBODY)).toBe(waits);
});
