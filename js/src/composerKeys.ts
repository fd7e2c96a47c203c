/** What a key does in the composer. Pure, so that every combination can be tested. */

import type { SendKey } from "./wire.js";

export type ComposerAction =
  | "send"
  | "newline"
  | "stop"
  | "edit"
  | "next"
  | "previous"
  | "accept"
  | "close"
  | "none";

export interface KeyState {
  sendKey: SendKey;
  empty: boolean;
  busy: boolean;
  /** A completion popup is open. */
  popup: boolean;
  /** What the popup would put in is already there. */
  complete: boolean;
}

export type Key = Pick<
  KeyboardEvent,
  "key" | "keyCode" | "isComposing" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey"
>;

/** Safari reports the Enter that ends a composition with `isComposing` false and this code. */
const IME_KEY_CODE = 229;

export function composerAction(key: Key, state: KeyState): ComposerAction {
  if (key.isComposing || key.keyCode === IME_KEY_CODE) return "none";
  if (state.popup) {
    const action = popupAction(key, state);
    if (action !== "none") return action;
  }
  switch (key.key) {
    case "Enter":
      return enterAction(key, state);
    case "Escape":
      return state.busy ? "stop" : "none";
    case "ArrowUp":
      return state.empty && !modified(key) ? "edit" : "none";
    default:
      return "none";
  }
}

function enterAction(key: Key, { sendKey }: KeyState): ComposerAction {
  if (key.altKey) return "none";
  if (key.ctrlKey || key.metaKey) return "send";
  return key.shiftKey === (sendKey === "shift-enter") ? "send" : "newline";
}

function popupAction(key: Key, { complete }: KeyState): ComposerAction {
  if (modified(key)) return "none";
  switch (key.key) {
    case "ArrowDown":
      return "next";
    case "ArrowUp":
      return "previous";
    case "Tab":
      return "accept";
    case "Enter":
      return complete ? "none" : "accept";
    case "Escape":
      return "close";
    default:
      return "none";
  }
}

function modified(key: Key): boolean {
  return key.shiftKey || key.ctrlKey || key.metaKey || key.altKey;
}
