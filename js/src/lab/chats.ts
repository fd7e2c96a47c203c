/** The side panel and the tabs: which there are, which one is meant, and how they come back after a reload. */

import type { ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import type { IStateDB } from "@jupyterlab/statedb";
import { computed, effect } from "@preact/signals";
import { newId } from "../ids.js";
import { CommandIDs } from "./commandIds.js";
import { ChatPanel, type Surroundings } from "./panel.js";
import { Remembered, whenWritten } from "./remembered.js";
import { settings } from "./settings.js";

const PANEL_ID = "squid-nb-panel";

type Tab = MainAreaWidget<ChatPanel>;

/** Of a tab that is opened again. */
interface Reopened {
  /** Its place in the layout is kept under it. */
  id?: string | null;
  /** What was being written. */
  text?: string | null;
}

export class Chats {
  readonly panel: ChatPanel;
  readonly #app: JupyterFrontEnd;
  readonly #surroundings: Surroundings;
  readonly #tabs = new WidgetTracker<Tab>({ namespace: "squid-nb-tab" });
  readonly #title: string;

  constructor(
    app: JupyterFrontEnd,
    surroundings: Omit<Surroundings, "show">,
    words: { title: string; caption: string },
  ) {
    this.#app = app;
    this.#surroundings = { ...surroundings, show: (panel) => this.#reveal(panel) };
    this.#title = words.title;
    this.panel = new ChatPanel(this.#surroundings);
    this.panel.id = PANEL_ID;
    this.panel.title.caption = words.caption;
    this.panel.title.closable = false;
    this.#place("left");
    // What the layout restores, it restores to where it was.
    const position = computed(() => settings.value.position);
    void app.restored.then(() => effect(() => this.#place(position.value)));
  }

  /** Puts the panel on a side; one that is open stays open, and the focus where it is. */
  #place(position: "left" | "right"): void {
    const { shell } = this.#app;
    if ([...shell.widgets(position)].includes(this.panel)) return;
    const open = this.panel.isVisible;
    const focused = document.activeElement;
    shell.add(this.panel, position, { rank: 900, type: "Squid" });
    if (!open) return;
    if (!this.panel.node.contains(focused)) this.panel.keepQuiet();
    shell.activateById(this.panel.id);
    // JupyterLab gives the focus to the main area when a side area becomes empty.
    requestAnimationFrame(() => {
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus();
    });
  }

  /** The tab in front, else the side panel. */
  get current(): ChatPanel {
    const tab = this.#tabs.currentWidget;
    return tab?.isVisible ? tab.content : this.panel;
  }

  showPanel(): void {
    this.#bringUp(this.panel);
  }

  #reveal(panel: ChatPanel): void {
    panel.shown.value = "chat";
    this.#bringUp(
      panel === this.panel ? panel : (this.#tabs.find(({ content }) => content === panel) ?? null),
    );
  }

  /** Brings the chat that is meant into view. */
  show(): ChatPanel {
    const { current } = this;
    this.#bringUp(current === this.panel ? current : this.#tabs.currentWidget);
    return current;
  }

  /** From a chat back to where one was before; from anywhere else to where one types in the chat that is meant. */
  toggleFocus(): void {
    const inside = this.#around(document.activeElement);
    if (inside === null) this.show().focusComposer();
    else this.#goBack(inside.cameFrom);
  }

  #goBack(before: Element | null): void {
    const { shell } = this.#app;
    const others = [...shell.widgets("main")].filter((widget) => !this.#tabs.has(widget));
    const widget =
      others.find(({ node }) => node.contains(before)) ??
      others.find((other) => other === shell.currentWidget) ??
      others[0];
    if (widget === undefined) return;
    shell.activateById(widget.id);
    // A notebook that is activated is in command mode; who was writing in a cell goes on writing.
    if (before instanceof HTMLElement && before.isContentEditable && widget.node.contains(before))
      before.focus();
  }

  /** Notebook 7 closes a side panel that is activated by its id while it is shown. */
  #bringUp(widget: ChatPanel | Tab | null): void {
    if (widget?.isVisible) widget.activate();
    else if (widget) this.#app.shell.activateById(widget.id);
  }

  /** Opens what a `squid:` link leads to: in the chat around it, else in the one that is meant. */
  follow(
    uri: string,
    { from = null, elsewhere = false }: { from?: Node | null; elsewhere?: boolean } = {},
  ): void {
    const panel = elsewhere ? this.openTab(null).content : (this.#around(from) ?? this.show());
    panel.follow(uri);
  }

  #around(node: Node | null): ChatPanel | null {
    const tab = this.#tabs.find(({ content }) => content.node.contains(node));
    return tab?.content ?? (this.panel.node.contains(node) ? this.panel : null);
  }

  openTab(session: string | null, { id = null, text = null }: Reopened = {}): Tab {
    const content = new ChatPanel(this.#surroundings);
    content.draft.text.value = text ?? "";
    const tab = new MainAreaWidget({ content });
    tab.toolbar.hide();
    tab.id = id ?? `squid-nb-tab-${newId()}`;
    tab.title.label = this.#title;
    tab.title.closable = true;
    tab.title.icon = content.title.icon;
    if (session !== null) content.open(session);
    content.sessionChanged.connect(() => void this.#tabs.save(tab));
    tab.disposed.connect(whenWritten(content.draft, () => void this.#tabs.save(tab)));
    content.titleChanged.connect((_, title) => {
      tab.title.label = title || this.#title;
      tab.title.caption = title === "" ? this.#title : `${this.#title}: ${title}`;
    });
    void this.#tabs.add(tab);
    this.#app.shell.add(tab, "main", { type: "Squid" });
    this.#app.shell.activateById(tab.id);
    return tab;
  }

  /** What was open is opened again; nothing here is waited for. */
  restore(restorer: ILayoutRestorer | null, state: IStateDB | null): void {
    restorer?.add(this.panel, PANEL_ID);
    void restorer?.restore(this.#tabs, {
      command: CommandIDs.openTab,
      args: ({ id, content }) => ({ session: content.session, id, text: content.draft.text.peek() }),
      name: ({ id }) => id,
    });
    if (state !== null) void new Remembered(this.panel, state).begin();
  }
}
