/** The JupyterLab extension: puts the parts together. Everything but the application itself is optional. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { IStateDB } from "@jupyterlab/statedb";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { effect } from "@preact/signals";
import { offerHosts } from "../hostRegistry.js";
import { lendWords } from "../words.js";
import "../theme.css";
import "../styles/sessionRow.css";
import "../styles/sessions.css";
import "./lab.css";
import { Chats } from "./chats.js";
import { CommandIDs } from "./commandIds.js";
import { addCommands } from "./commands.js";
import { addErrorActions } from "./errorActions.js";
import { LabHost } from "./labHost.js";
import { NotebookContext } from "./notebookContext.js";
import { Notebooks } from "./notebooks.js";
import { followSettings, settings } from "./settings.js";
import { socketThrough, whyNoSocket } from "./socket.js";
import { allowScheme, followLinks } from "./squidLinks.js";

const PLUGIN_ID = "squid-nb:plugin";

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: "Squid: a chat about your notebooks that keeps all history in your own database.",
  autoStart: true,
  optional: [
    INotebookTracker,
    ICommandPalette,
    ILauncher,
    ILayoutRestorer,
    ISettingRegistry,
    IStateDB,
    ITranslator,
    IRenderMimeRegistry,
  ],
  activate,
};

function activate(
  app: JupyterFrontEnd,
  tracker: INotebookTracker | null,
  palette: ICommandPalette | null,
  launcher: ILauncher | null,
  restorer: ILayoutRestorer | null,
  registry: ISettingRegistry | null,
  state: IStateDB | null,
  translator: ITranslator | null,
  rendermime: IRenderMimeRegistry | null,
): void {
  const { languageCode } = translator ?? nullTranslator;
  const trans = (translator ?? nullTranslator).load("squid_nb");
  lendWords(trans, languageCode);
  const notebooks = new Notebooks(tracker);
  const { contents, serverSettings } = app.serviceManager;
  followSettings(registry, PLUGIN_ID);
  const chats = new Chats(
    app,
    {
      commands: app.commands,
      open: socketThrough(serverSettings),
      why: () => whyNoSocket(serverSettings),
      host: new LabHost(notebooks),
      context: new NotebookContext(notebooks, contents),
      words: { chat: trans.__("Chat"), sessions: trans.__("Sessions") },
    },
    { title: trans.__("Squid Chat"), caption: trans.__("Squid") },
  );
  addCommands({ app, chats, notebooks, trans }, palette);
  chats.restore(restorer, state);
  offerHosts((element) => (notebooks.around(element) === null ? null : new LabHost(notebooks, element)));
  launcher?.add({ command: CommandIDs.openTab, category: trans.__("Other"), rank: 2 });
  followLinks(chats);
  if (rendermime !== null) {
    addErrorActions(rendermime, app.commands);
    void allowScheme(rendermime.sanitizer, registry);
  }
  effect(() => {
    document.body.dataset.squidTheme = settings.value.theme;
  });
}

export default plugin;
