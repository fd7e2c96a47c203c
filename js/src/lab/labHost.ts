/**
 * Puts code into notebooks through their shared model: each insertion is one step that can be undone, and reaches
 * everybody who has the notebook open. Nothing is run.
 */

import { copyText, type Host, type Inserted } from "../host.js";
import type { Notebooks, Place } from "./notebooks.js";

export type Where = "below" | "above" | "replace";

export class LabHost implements Host {
  readonly #notebooks: Notebooks;
  readonly #element: Element | null;

  /** With an element, the notebook around it is meant and not the one that was used last. */
  constructor(notebooks: Notebooks, element: Element | null = null) {
    this.#notebooks = notebooks;
    this.#element = element;
  }

  async insertCode(code: string, where: Where = "below"): Promise<Inserted> {
    const place = this.#notebooks.around(this.#element) ?? this.#notebooks.active;
    const done = place === null ? null : insert(place, code, where);
    return done ?? ((await copyText(code)) ? "clipboard" : "nothing");
  }
}

/** Null when the notebook takes nothing. */
export function insert({ panel, cell, index }: Place, code: string, where: Where): Inserted | null {
  const model = panel.content.model;
  const source = code.replace(/\n$/, "");
  if (model === null || model.readOnly) return null;
  if (where === "replace") {
    if (cell.model.type !== "code" || cell.model.getMetadata("editable") === false) return null;
    const shared = cell.model.sharedModel;
    shared.transact(() => shared.setSource(source));
    focus({ panel, index });
    return "editor";
  }
  const target = where === "below" ? index + 1 : index;
  model.sharedModel.transact(() => {
    model.sharedModel.insertCell(target, { cell_type: "code", source, metadata: { trusted: true } });
  });
  focus({ panel, index: target });
  return "cell";
}

/** Shows what has changed; in command mode, so that Z takes it back. Who is in the chat stays there. */
function focus({ panel, index }: { panel: Place["panel"]; index: number }): void {
  const notebook = panel.content;
  const focused = document.activeElement;
  const inNotebook = notebook.node.contains(focused) && focused?.closest(".squid") === null;
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  notebook.mode = "command";
  if (inNotebook) notebook.activate();
  void notebook.scrollToItem(index, "smart");
}
