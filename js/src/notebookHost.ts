/**
 * Inserts code into the notebook around a widget. A widget has no access to JupyterLab's application, so this does
 * what a person would do: press "insert a cell below" in the toolbar and write into the new cell's editor. The text
 * goes through a CodeMirror transaction, so it reaches the notebook model and can be undone.
 */

import { copyText, type Host, type Inserted } from "./host.js";

const INSERT_BELOW = '[data-command="notebook:insert-cell-below"]';
const EDITOR_WAIT_MS = 2000;

/** The part of CodeMirror 6's `EditorView` that is used here. */
interface EditorView {
  state: { doc: { length: number }; selection: { main: { from: number; to: number } } };
  dispatch(transaction: unknown): void;
  focus(): void;
}

export class NotebookHost implements Host {
  readonly #element: HTMLElement;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  async insertCode(code: string): Promise<Inserted> {
    const panel = this.#element.closest<HTMLElement>(".jp-NotebookPanel") ?? visiblePanel();
    if (panel !== null) {
      const cell = await insertCellBelow(panel, this.#element.closest(".jp-Cell"));
      if (cell !== null && (await write(cell, code, "replace"))) return "cell";
      const active = panel.querySelector<HTMLElement>(".jp-Notebook .jp-Cell.jp-mod-active");
      if (cell === null && active !== null && (await write(active, code, "insert"))) return "editor";
    }
    return (await copyText(code)) ? "clipboard" : "nothing";
  }
}

function visiblePanel(): HTMLElement | null {
  return document.querySelector(".jp-NotebookPanel:not(.lm-mod-hidden)");
}

/** The new cell, or null when this page has no such button. */
async function insertCellBelow(panel: HTMLElement, home: Element | null): Promise<HTMLElement | null> {
  if (home instanceof HTMLElement) activate(home);
  const button = panel.querySelector<HTMLElement>(INSERT_BELOW);
  if (button === null) return null;
  const before = new Set(panel.querySelectorAll(".jp-Notebook .jp-Cell"));
  press(button);
  return until(() => {
    const cells = panel.querySelectorAll<HTMLElement>(".jp-Notebook .jp-Cell.jp-mod-active");
    return [...cells].find((cell) => !before.has(cell)) ?? null;
  });
}

/** Toolbar buttons of JupyterLab act on `mousedown`, others on `click`; a real press sends both. */
function press(button: HTMLElement): void {
  for (const type of ["mousedown", "mouseup", "click"]) {
    button.dispatchEvent(
      new MouseEvent(type, { bubbles: true, cancelable: true, composed: true, button: 0 }),
    );
  }
}

/** Makes the widget's own cell the active one, as a click into it does. */
function activate(cell: HTMLElement): void {
  if (cell.classList.contains("jp-mod-active")) return;
  const target = cell.querySelector(".jp-OutputArea") ?? cell;
  target.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
}

async function write(cell: HTMLElement, code: string, how: "replace" | "insert"): Promise<boolean> {
  const view = await until(() => editorIn(cell));
  if (view === null) return false;
  const { doc, selection } = view.state;
  const range = how === "replace" ? { from: 0, to: doc.length } : selection.main;
  const changes = { from: range.from, to: range.to, insert: code };
  const cursor = { anchor: range.from + code.length };
  view.dispatch({ changes, selection: cursor, scrollIntoView: true, userEvent: "input.paste" });
  view.focus();
  return true;
}

/** CodeMirror's view of a cell; its place in the DOM is what `EditorView.findFromDOM` reads too. */
function editorIn(cell: HTMLElement): EditorView | null {
  const content = cell.querySelector(".jp-InputArea .cm-content");
  if (content === null) return null;
  const { cmView, cmTile } = content as unknown as Record<"cmView" | "cmTile", Place | undefined>;
  const view = cmTile?.root?.view ?? cmTile?.view ?? cmView?.rootView?.view ?? cmView?.view;
  return isEditorView(view) ? view : null;
}

interface Place {
  view?: unknown;
  root?: { view?: unknown };
  rootView?: { view?: unknown };
}

function isEditorView(view: unknown): view is EditorView {
  return (
    typeof view === "object" && view !== null && "dispatch" in view && "state" in view && "focus" in view
  );
}

/** Polls once per frame for what another part of the page is about to make. */
function until<T>(find: () => T | null): Promise<T | null> {
  const deadline = performance.now() + EDITOR_WAIT_MS;
  return new Promise((resolve) => {
    const look = () => {
      const found = find();
      if (found !== null || performance.now() > deadline) resolve(found);
      else requestAnimationFrame(look);
    };
    look();
  });
}
