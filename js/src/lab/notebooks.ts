/** Which notebook and which cell a person means, and what of them a question may be given. */

import type { Cell, CodeCell } from "@jupyterlab/cells";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Attachment } from "../transport.js";
import { plainText } from "./plainText.js";

export interface Place {
  panel: NotebookPanel;
  cell: Cell;
  /** Counted from 0. */
  index: number;
}

/** A long output says what it says at its beginning and at its end. */
const MOST = 20_000;

export class Notebooks {
  readonly #tracker: INotebookTracker | null;
  /** What was marked last outside of the editors. */
  #marked: { text: string; range: Range } | null = null;

  constructor(tracker: INotebookTracker | null) {
    this.#tracker = tracker;
    document.addEventListener("selectionchange", () => this.#remember());
  }

  /** Calls when another notebook or another cell is meant than before. */
  onChange(call: () => void): void {
    this.#tracker?.activeCellChanged.connect(call);
  }

  /** The notebook that was used last. */
  get current(): NotebookPanel | null {
    return this.#tracker?.currentWidget ?? null;
  }

  /** The active cell of that notebook. */
  get active(): Place | null {
    const panel = this.current;
    const cell = panel?.content.activeCell;
    if (!panel || !cell) return null;
    return { panel, cell, index: panel.content.activeCellIndex };
  }

  /** The cell around an element: of an output, or of a click. */
  around(element: Element | null): Place | null {
    const node = element?.closest(".jp-Notebook .jp-Cell");
    if (!node) return null;
    const panel = this.#tracker?.find((one) => one.node.contains(node));
    if (!panel) return null;
    const index = panel.content.widgets.findIndex((cell) => cell.node === node);
    const cell = panel.content.widgets[index];
    return cell === undefined ? null : { panel, cell, index };
  }

  /** The nearest cell that has something, from the active one upwards, then downwards. */
  #nearest(has: (cell: Cell) => boolean): Place | null {
    const { active } = this;
    if (active === null) return null;
    const { panel, index } = active;
    const order = [...panel.content.widgets.keys()];
    const nearby = [...order.slice(0, index + 1).reverse(), ...order.slice(index + 1)];
    for (const place of nearby) {
      const cell = panel.content.widgets[place];
      if (cell !== undefined && has(cell)) return { panel, cell, index: place };
    }
    return null;
  }

  /** `@cell`: after Shift+Enter the active cell is a new one, so an empty cell means the one above it. */
  cell(place: Place | null = null): Attachment | null {
    const found = place ?? this.#nearest((cell) => source(cell).trim() !== "");
    if (found === null) return null;
    const code = found.cell.model.type === "code";
    const suffix = code ? languageSuffix(found.panel) : "md";
    return taken("cell", found, { name: `cell-${found.index + 1}.${suffix}`, text: source(found.cell) });
  }

  /** `@selection`: what is marked in the notebook, else in the active cell's editor. */
  selection(): Attachment | null {
    const text = this.#markedText() || this.#selectedCode();
    const suffix = this.current === null ? "txt" : languageSuffix(this.current);
    if (text.trim() === "") return null;
    return taken("selection", this.active, { name: `selection.${suffix}`, text });
  }

  #selectedCode(): string {
    const editor = this.active?.cell.editor;
    if (!editor) return "";
    const { start, end } = editor.getSelection();
    const offsets = [editor.getOffsetAt(start), editor.getOffsetAt(end)].sort((a, b) => a - b);
    return editor.model.sharedModel.getSource().slice(...offsets);
  }

  /** Clicking into the composer takes the page's selection away, so that it is remembered here. */
  #remember(): void {
    const selection = document.getSelection();
    const node = selection?.anchorNode;
    const element = node instanceof Element ? node : node?.parentElement;
    if (!selection || !element || !this.current?.node.contains(element) || element.closest(".squid")) return;
    // An editor knows itself what is marked in it.
    const marked = selection.isCollapsed || element.closest(".cm-editor") ? null : selection.getRangeAt(0);
    this.#marked = marked && { text: selection.toString(), range: marked.cloneRange() };
  }

  /** Empty when it is no longer there: the range of an output that was cleared collapses. */
  #markedText(): string {
    return this.#marked === null || this.#marked.range.collapsed ? "" : this.#marked.text;
  }

  /** `@output`: what the cell printed and showed, as text. */
  output(): Attachment | null {
    return this.outputOf(this.#nearest((cell) => outputs(cell).length > 0));
  }

  outputOf(place: Place | null): Attachment | null {
    if (place === null) return null;
    const text = outputs(place.cell).map(plainText).join("\n");
    return text.trim() === ""
      ? null
      : taken("output", place, { name: `output-${place.index + 1}.txt`, text });
  }

  /** `@error`: the traceback. */
  error(): Attachment | null {
    return this.errorOf(this.#nearest((cell) => outputs(cell).some(isError)));
  }

  errorOf(place: Place | null): Attachment | null {
    const error = place && outputs(place.cell).findLast(isError);
    if (!place || !error) return null;
    return taken("error", place, { name: `error-${place.index + 1}.txt`, text: plainText(error) });
  }
}

function source(cell: Cell): string {
  return cell.model.sharedModel.getSource();
}

function outputs(cell: Cell): { output_type?: unknown }[] {
  if (cell.model.type !== "code") return [];
  return (cell as CodeCell).model.outputs.toJSON() as { output_type?: unknown }[];
}

function isError(output: { output_type?: unknown }): boolean {
  return output.output_type === "error";
}

/** Without the dot; Python until the kernel has said something else. */
export function languageSuffix(panel: NotebookPanel): string {
  const info = panel.content.model?.getMetadata("language_info") as { file_extension?: unknown } | undefined;
  const suffix = info?.file_extension;
  return typeof suffix === "string" && /^\.\w+$/.test(suffix) ? suffix.slice(1) : "py";
}

/** A part of a notebook, with where it was taken from. */
function taken(
  part: string,
  place: Place | null,
  { name, text }: { name: string; text: string },
): Attachment {
  const where = place && {
    notebook: place.panel.context.localPath,
    cell_id: place.cell.model.id,
    cell: place.index + 1,
  };
  return attachment({ name, text, kind: "cell", mention: `@${part}`, detail: { part, ...where } });
}

interface Text extends Omit<Attachment, "mime_type" | "data"> {
  text: string;
}

export function attachment({ text, ...rest }: Text): Attachment {
  const bounded = text.length <= MOST ? text : `${text.slice(0, MOST / 2)}\n…\n${text.slice(-MOST / 2)}`;
  const data = new TextEncoder().encode(bounded).buffer as ArrayBuffer;
  return { mime_type: "text/plain", data, ...rest };
}
