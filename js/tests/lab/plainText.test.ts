import { expect, test } from "vitest";
import { plainText } from "../../src/lab/plainText.js";

test("streams are joined and lose their colours", () => {
  expect(plainText({ output_type: "stream", text: ["\u001b[31mred\u001b[0m\n", "plain"] })).toBe(
    "red\nplain",
  );
});

test("an error is its traceback, or its name where there is none", () => {
  const error = { output_type: "error", ename: "ValueError", evalue: "no" };
  expect(plainText({ ...error, traceback: ["one", "\u001b[0;31mtwo\u001b[0m"] })).toBe("one\ntwo");
  expect(plainText({ ...error, traceback: [] })).toBe("ValueError: no");
});

test("a picture without text is nothing", () => {
  expect(plainText({ output_type: "display_data", data: { "image/png": "aGk=" } })).toBe("");
  expect(plainText({ output_type: "execute_result", data: { "text/plain": ["a", "b"] } })).toBe("ab");
});
