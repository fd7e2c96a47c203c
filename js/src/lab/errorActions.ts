/** `Explain with Squid` and `Fix with Squid` below a traceback. The traceback itself is shown as it always was. */

import type { IRenderMime, IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { CommandRegistry } from "@lumino/commands";
import { CommandIDs } from "./commandIds.js";

/** JupyterLab shows both stderr and tracebacks as this; only a traceback has the other type too. */
const SHOWN = "application/vnd.jupyter.stderr";
const ERROR = "application/vnd.jupyter.error";

export function addErrorActions(rendermime: IRenderMimeRegistry, commands: CommandRegistry): void {
  const usual = rendermime.getFactory(SHOWN);
  if (usual === undefined) return;
  rendermime.addFactory({
    ...usual,
    mimeTypes: [SHOWN],
    createRenderer: (options) => withActions(usual.createRenderer(options), commands),
  });
}

function withActions(renderer: IRenderMime.IRenderer, commands: CommandRegistry): IRenderMime.IRenderer {
  const render = renderer.renderModel.bind(renderer);
  renderer.renderModel = async (model) => {
    await render(model);
    renderer.node.querySelector(".squid-error-actions")?.remove();
    if (ERROR in model.data) renderer.node.append(bar(commands));
  };
  return renderer;
}

function bar(commands: CommandRegistry): HTMLElement {
  const element = document.createElement("div");
  element.className = "squid-error-actions";
  for (const id of [CommandIDs.explainCell, CommandIDs.fixCell]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = commands.label(id);
    button.addEventListener("click", (event) => {
      // The notebook makes this cell the active one on the way; the command finds it there.
      event.stopPropagation();
      void commands.execute(id);
    });
    element.append(button);
  }
  return element;
}
