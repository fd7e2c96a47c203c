/** What can be done with Squid in JupyterLab: every action is a command, in the palette and for shortcuts. */

import type { JupyterFrontEnd } from "@jupyterlab/application";
import { type ICommandPalette, Notification } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { CommandRegistry } from "@lumino/commands";
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { Chats } from "./chats.js";
import { codeBlocks } from "./codeBlocks.js";
import { CommandIDs } from "./commandIds.js";
import { squidIcon } from "./icon.js";
import { LabHost, type Where } from "./labHost.js";
import type { Notebooks } from "./notebooks.js";

interface Parts {
  app: JupyterFrontEnd;
  chats: Chats;
  notebooks: Notebooks;
  trans: TranslationBundle;
}

/** A command without its id; `describedBy` says which arguments it takes. */
type Options = CommandRegistry.ICommandOptions;

export function addCommands(parts: Parts, palette: ICommandPalette | null): void {
  const table: Record<string, Options> = { ...opening(parts), ...asking(parts), ...inserting(parts) };
  for (const [id, options] of Object.entries(table)) {
    parts.app.commands.addCommand(id, { describedBy: { args: TAKES[id] ?? NOTHING }, ...options });
    if (!IN_CODE.has(id)) palette?.addItem({ command: id, category: "Squid" });
  }
}

/** Without what they take they do nothing, so a palette is no place for them. */
const IN_CODE = new Set<string>([CommandIDs.openSession, CommandIDs.openLink]);
/** Without a time, JupyterLab keeps a notification where hardly anybody looks. */
const SHOWN = { autoClose: 5000 };
const NOTHING = { type: "object", properties: {} };
const SESSION = { type: "object", properties: { session: { type: ["string", "null"] } } };
const CELL = { type: "object", properties: { fromMenu: { type: "boolean" } } };
const TAB = {
  type: "object",
  properties: {
    ...SESSION.properties,
    id: { type: ["string", "null"] },
    text: { type: ["string", "null"] },
    isPalette: { type: "boolean" },
  },
};
const CODE = { type: "object", properties: { code: { type: "string" }, fromMenu: { type: "boolean" } } };
const TAKES: Record<string, ReadonlyJSONObject> = {
  [CommandIDs.openTab]: TAB,
  [CommandIDs.openSession]: { ...SESSION, required: ["session"] },
  [CommandIDs.openLink]: {
    type: "object",
    properties: { uri: { type: "string" }, elsewhere: { type: "boolean" } },
    required: ["uri"],
  },
  [CommandIDs.explainCell]: CELL,
  [CommandIDs.fixCell]: CELL,
  [CommandIDs.insertBelow]: CODE,
  [CommandIDs.insertAbove]: CODE,
  [CommandIDs.insertReplace]: CODE,
};

function opening({ chats, trans }: Parts): Record<string, Options> {
  return {
    [CommandIDs.openPanel]: {
      label: trans.__("Open Squid"),
      caption: trans.__("Chat about your notebooks; all history stays in your own database"),
      icon: squidIcon,
      execute: () => chats.showPanel(),
    },
    [CommandIDs.openTab]: {
      label: (args) => (args.isPalette ? trans.__("Open Squid in a New Tab") : trans.__("Squid Chat")),
      caption: trans.__("A chat in the main area"),
      icon: squidIcon,
      execute: (args) =>
        chats.openTab(textOf(args, "session"), { id: textOf(args, "id"), text: textOf(args, "text") }),
    },
    [CommandIDs.newChat]: {
      label: trans.__("New Squid Chat"),
      execute: () => chats.show().newChat(),
    },
    [CommandIDs.showSessions]: {
      label: trans.__("Show Squid Sessions"),
      execute: () => {
        chats.showPanel();
        chats.panel.shown.value = "sessions";
      },
    },
    [CommandIDs.openSession]: {
      label: trans.__("Open Squid Session"),
      execute: (args) => {
        const session = textOf(args, "session");
        if (session !== null) chats.show().open(session);
      },
    },
    [CommandIDs.openLink]: {
      label: trans.__("Open a Squid Link"),
      execute: (args) => {
        const uri = textOf(args, "uri");
        if (uri !== null) chats.follow(uri, { elsewhere: args.elsewhere === true });
      },
    },
    [CommandIDs.focusComposer]: {
      label: trans.__("Ask Squid"),
      caption: trans.__("Go to the chat, and from there back to where you were"),
      execute: () => chats.toggleFocus(),
    },
  };
}

function asking({ app, chats, notebooks, trans }: Parts): Record<string, Options> {
  // A right click into an editor does not make its cell the active one.
  const cellOf = (args: ReadonlyPartialJSONObject) =>
    notebooks.around(clicked(app, args, "jp-Cell")) ?? notebooks.active;
  const isEnabled = () => notebooks.active !== null;
  const propose = (text: string, attached: (ReturnType<Notebooks["cell"]> | null)[]) => {
    const attachments = attached
      .filter((one) => one !== null)
      // The chips stand for themselves: no name in the text keeps them.
      .map(({ mention: _, ...attachment }) => attachment);
    chats.show().propose(text, attachments);
  };
  return {
    [CommandIDs.explainCell]: {
      label: trans.__("Explain with Squid"),
      icon: squidIcon,
      isEnabled,
      execute: (args) => {
        const cell = cellOf(args);
        if (cell === null) return;
        const error = notebooks.errorOf(cell);
        const question = error === null ? trans.__("Explain this cell.") : trans.__("Explain this error.");
        propose(question, [notebooks.cell(cell), error ?? notebooks.outputOf(cell)]);
      },
    },
    [CommandIDs.fixCell]: {
      label: trans.__("Fix with Squid"),
      icon: squidIcon,
      isEnabled,
      execute: (args) => {
        const cell = cellOf(args);
        if (cell === null) return;
        const error = notebooks.errorOf(cell);
        const question =
          error === null
            ? trans.__("Find and fix what is wrong with this cell.")
            : trans.__("Fix this error. Show the whole corrected cell.");
        propose(question, [notebooks.cell(cell), error ?? notebooks.outputOf(cell)]);
      },
    },
    [CommandIDs.attachSelection]: {
      label: trans.__("Attach the Selection to Squid"),
      isEnabled,
      execute: () => propose("", [notebooks.selection() ?? notebooks.cell()]),
    },
  };
}

function inserting({ app, chats, notebooks, trans }: Parts): Record<string, Options> {
  const insert = async (where: Where, args: ReadonlyPartialJSONObject) => {
    const block = clicked(app, args, "squid-code");
    const code = textOf(args, "code") ?? codeBlocks.textOf(block) ?? codeBlocks.last(chats.current.node);
    if (code === null) {
      Notification.info(trans.__("There is no code in this conversation yet."), SHOWN);
      return;
    }
    const done = await new LabHost(notebooks, block).insertCode(code, where);
    if (done === "clipboard")
      Notification.info(trans.__("No notebook takes the code, so it was copied."), SHOWN);
  };
  const command = (label: string, where: Where): Options => ({
    label,
    execute: (args) => insert(where, args),
  });
  return {
    [CommandIDs.insertBelow]: command(trans.__("Insert Squid's Code Below"), "below"),
    [CommandIDs.insertAbove]: command(trans.__("Insert Squid's Code Above"), "above"),
    [CommandIDs.insertReplace]: command(trans.__("Replace the Cell with Squid's Code"), "replace"),
  };
}

/**
 * The element of a class under a context menu. Only for commands of that menu: the application remembers its place
 * also when it is long gone.
 */
function clicked(app: JupyterFrontEnd, args: ReadonlyPartialJSONObject, name: string): HTMLElement | null {
  if (args.fromMenu !== true) return null;
  return app.contextMenuHitTest((element) => element.classList.contains(name)) ?? null;
}

function textOf(args: ReadonlyPartialJSONObject, name: string): string | null {
  const value = args[name];
  return typeof value === "string" ? value : null;
}
