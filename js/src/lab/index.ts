/** The JupyterLab extension: what JupyterLab loads. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "squid-nb:plugin",
  description: "Squid: a chat on your notebooks, with all history in one local database.",
  autoStart: true,
  activate(app: JupyterFrontEnd): void {
    void app;
  },
};

export default plugin;
