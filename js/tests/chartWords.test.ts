import { afterEach, expect, test } from "vitest";
import { inWords } from "../src/chartWords.js";
import type { ChartData } from "../src/dashboardWire.js";
import { type Bundle, lendWords } from "../src/words.js";

afterEach(() => {
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("squid-nb.words")];
});

const CHART: ChartData = {
  name: "cost",
  title: "Cost over time",
  note: "A word of tomorrow's kernel",
  columns: [{ name: "model", label: "Model", kind: "text" }],
  rows: [["Model"]],
  sql: "select 1",
  python: "1",
};

test("the kernel's words are said in the reader's language, and what is not known stays", () => {
  expect(inWords(CHART)).toEqual(CHART);
  const loud: Bundle = { __: (text) => text.toUpperCase(), _n: (one) => one, _p: (_, text) => text };
  lendWords(loud, "en");
  expect(inWords(CHART)).toEqual({
    ...CHART,
    title: "COST OVER TIME",
    columns: [{ name: "model", label: "MODEL", kind: "text" }],
  });
});
