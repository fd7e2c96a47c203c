import { expect, test } from "vitest";
import { rowAction } from "../src/sessionKeys.js";

const press = (
  key: string,
  more: { shiftKey?: boolean; ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean } = {},
) => rowAction({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("arrows, Home, End and pages move; with Shift they extend the selection", () => {
  expect(press("ArrowDown")).toEqual({ move: 1, extend: false });
  expect(press("ArrowUp", { shiftKey: true })).toEqual({ move: -1, extend: true });
  expect(press("Home")).toEqual({ go: "first", extend: false });
  expect(press("End", { shiftKey: true })).toEqual({ go: "last", extend: true });
  expect(press("PageDown")).toEqual({ page: 1, extend: false });
});

test("a row is opened, selected, renamed and deleted by one key each", () => {
  expect([press("Enter"), press(" "), press("F2"), press("Delete")]).toEqual([
    "open",
    "select",
    "rename",
    "delete",
  ]);
});

test("Ctrl or Command selects all and undoes; other keys are the browser's", () => {
  expect(press("a", { ctrlKey: true })).toBe("selectAll");
  expect(press("z", { metaKey: true })).toBe("undo");
  expect(press("c", { ctrlKey: true })).toBeNull();
  expect(press("ArrowDown", { altKey: true })).toBeNull();
  expect(press("x")).toBeNull();
});
