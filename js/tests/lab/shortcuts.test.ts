// @vitest-environment jsdom
import { CommandRegistry } from "@lumino/commands";
import { beforeEach, expect, test } from "vitest";
import { letShortcutsThrough } from "../../src/lab/shortcuts.js";

let commands: CommandRegistry;
let panel: HTMLElement;
let box: HTMLElement;
let done: string[];
let reached: string[];

function add(command: string, keys: string[], options: { selector?: string; enabled?: boolean } = {}): void {
  const { selector = "body", enabled = true } = options;
  if (!commands.hasCommand(command))
    commands.addCommand(command, { isEnabled: () => enabled, execute: () => done.push(command) });
  commands.addKeyBinding({ command, keys, selector });
}

function press(keyCode: number, init: KeyboardEventInit & { target?: HTMLElement } = {}): KeyboardEvent {
  const { target = box, ...rest } = init;
  const event = new KeyboardEvent("keydown", { keyCode, bubbles: true, cancelable: true, ...rest });
  target.dispatchEvent(event);
  return event;
}

const [B, J, F11] = [66, 74, 122];

beforeEach(() => {
  commands = new CommandRegistry();
  done = [];
  reached = [];
  document.body.innerHTML = `<div id="panel"><section data-lm-suppress-shortcuts="true"><textarea></textarea>
    <dialog><button></button></dialog></section></div>`;
  panel = document.querySelector("#panel") as HTMLElement;
  box = document.querySelector("textarea") as HTMLElement;
  box.addEventListener("keydown", ({ key }) => reached.push(key));
  letShortcutsThrough(panel, commands, new AbortController().signal);
});

test("what belongs to the whole application works and does not reach the views", () => {
  add("side:toggle", ["Ctrl B"]);
  expect(press(B, { ctrlKey: true, key: "b" }).defaultPrevented).toBe(true);
  expect(done).toEqual(["side:toggle"]);
  expect(reached).toEqual([]);
});

test("of two for one key, the later one that is enabled is meant", () => {
  add("side:first", ["Ctrl B"]);
  add("side:second", ["Ctrl B"]);
  add("side:off", ["Ctrl B"], { enabled: false });
  press(B, { ctrlKey: true });
  expect(done).toEqual(["side:second"]);
});

test("keys without Ctrl, chords and those of notebooks stay the views' own", () => {
  add("cell:below", ["B"]);
  add("cell:move", ["Ctrl J"], { selector: ".jp-Notebook" });
  add("cell:chord", ["Ctrl J", "B"]);
  add("full:screen", ["F11"]);
  press(B, { key: "b" });
  press(J, { ctrlKey: true, key: "j" });
  press(F11, { key: "F11" });
  expect(done).toEqual([]);
  expect(reached).toEqual(["b", "j", "F11"]);
});

test("a letter that is typed with AltGr or composed is no shortcut", () => {
  add("side:alt", ["Ctrl Alt B"]);
  press(B, { ctrlKey: true, altKey: true, modifierAltGraph: true, key: "ą" });
  press(B, { ctrlKey: true, altKey: true, isComposing: true, key: "b" });
  expect(done).toEqual([]);
  press(B, { ctrlKey: true, altKey: true, key: "b" });
  expect(done).toEqual(["side:alt"]);
});

test("a modal dialog keeps its keys", () => {
  add("side:toggle", ["Ctrl B"]);
  press(B, { ctrlKey: true, target: document.querySelector("button") as HTMLElement });
  expect(done).toEqual([]);
});
