import { expect, test } from "vitest";
import { composerAction, type Key, type KeyState } from "../src/composerKeys.js";

const STATE: KeyState = { sendKey: "enter", empty: false, busy: false, popup: false, complete: false };

function press(key: string, fields: Partial<Key> = {}): Key {
  const plain = {
    keyCode: 0,
    isComposing: false,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
  };
  return { ...plain, key, ...fields };
}

test.each([
  ["Enter sends", press("Enter"), {}, "send"],
  ["Shift+Enter breaks the line", press("Enter", { shiftKey: true }), {}, "newline"],
  ["the setting swaps them", press("Enter"), { sendKey: "shift-enter" }, "newline"],
  ["the setting swaps them back", press("Enter", { shiftKey: true }), { sendKey: "shift-enter" }, "send"],
  [
    "Ctrl+Enter sends under either setting",
    press("Enter", { ctrlKey: true }),
    { sendKey: "shift-enter" },
    "send",
  ],
  ["an input method's Enter never sends", press("Enter", { isComposing: true }), {}, "none"],
  ["nor in Safari, which says it with a code", press("Enter", { keyCode: 229 }), {}, "none"],
  ["nor does its Escape stop", press("Escape", { isComposing: true }), { busy: true }, "none"],
  ["nor do its arrows edit", press("ArrowUp", { keyCode: 229 }), { empty: true }, "none"],
  ["nor does it pick a completion", press("Enter", { isComposing: true }), { popup: true }, "none"],
  ["Escape stops", press("Escape"), { busy: true }, "stop"],
  ["Escape closes the popup before it stops", press("Escape"), { busy: true, popup: true }, "close"],
  ["Escape with nothing to stop is left alone", press("Escape"), {}, "none"],
  ["Arrow up in an empty box edits the last question", press("ArrowUp"), { empty: true }, "edit"],
  ["Arrow up in a text moves the cursor", press("ArrowUp"), {}, "none"],
  ["Shift+Arrow up selects", press("ArrowUp", { shiftKey: true }), { empty: true }, "none"],
  ["Arrow up in the popup goes up", press("ArrowUp"), { popup: true, empty: true }, "previous"],
  ["Arrow down in the popup goes down", press("ArrowDown"), { popup: true }, "next"],
  ["Tab takes a completion", press("Tab"), { popup: true }, "accept"],
  ["Shift+Tab leaves the box even then", press("Tab", { shiftKey: true }), { popup: true }, "none"],
  ["Tab without a popup leaves the box", press("Tab"), {}, "none"],
  ["Enter takes a completion", press("Enter"), { popup: true }, "accept"],
  ["Enter sends what is complete already", press("Enter"), { popup: true, complete: true }, "send"],
  ["letters are letters", press("a"), { popup: true, busy: true, empty: true }, "none"],
] as [string, Key, Partial<KeyState>, string][])("%s", (_, key, state, action) => {
  expect(composerAction(key, { ...STATE, ...state })).toBe(action);
});
