/** A Lumino widget with a chat in it: the side panel, and each tab in the main area. */

import type { CommandRegistry } from "@lumino/commands";
import type { Message } from "@lumino/messaging";
import { Signal as LuminoSignal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import { effect, type Signal, signal } from "@preact/signals";
import { h, render } from "preact";
import { Conversation } from "../conversation.js";
import { Draft } from "../draft.js";
import type { Host } from "../host.js";
import { addressOf } from "../links.js";
import { type OpenSocket, ServerTransport } from "../serverTransport.js";
import { SessionList } from "../sessionList.js";
import type { Attachment, Says } from "../transport.js";
import { squidIcon } from "./icon.js";
import { LabTransport } from "./labTransport.js";
import { Mentions } from "./mentions.js";
import type { NotebookContext } from "./notebookContext.js";
import { PanelView, type Shown } from "./PanelView.js";
import { settings } from "./settings.js";
import { letShortcutsThrough } from "./shortcuts.js";
import { tellOfAnswers, tellOfUpdate } from "./tidings.js";

export interface Surroundings {
  commands: CommandRegistry;
  open: OpenSocket;
  /** Why it does not open. */
  why: () => Promise<Says | null>;
  host: Host;
  context: NotebookContext;
  words: Record<Shown, string>;
  /** Brings a chat into view, wherever it is. */
  show(panel: ChatPanel): void;
}

export class ChatPanel extends Widget {
  /** Another session is shown. */
  readonly sessionChanged = new LuminoSignal<this, string | null>(this);
  /** Another session, or this one under another title; empty where there is none yet. */
  readonly titleChanged = new LuminoSignal<this, string>(this);
  readonly draft = new Draft();
  readonly shown: Signal<Shown> = signal("chat");
  readonly #surroundings: Surroundings;
  readonly #lifetime = new AbortController();
  #conversation: Conversation | null = null;
  #sessions: SessionList | null = null;
  #session: string | null = null;
  /** A link that was followed before anybody had looked. */
  #wanted: string | null = null;
  /** The model of the settings that this chat has begun with. */
  #preferred = "";
  #cameFrom: Element | null = null;
  /** What is scrolled in the views, and how far. */
  readonly #scrolled = new Map<Element, number>();
  #quiet = false;

  constructor(surroundings: Surroundings) {
    super();
    this.#surroundings = surroundings;
    this.addClass("squid-lab");
    this.title.icon = squidIcon;
    this.title.closable = true;
    const { signal } = this.#lifetime;
    new Mentions(this.draft, surroundings.context, signal);
    letShortcutsThrough(this.node, surroundings.commands, signal);
    const onFocus = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Element && !this.node.contains(relatedTarget))
        this.#cameFrom = relatedTarget;
    };
    this.node.addEventListener("focusin", onFocus, { signal });
    const onScroll = ({ target }: Event) => {
      if (target instanceof Element) this.#scrolled.set(target, target.scrollTop);
    };
    this.node.addEventListener("scroll", onScroll, { signal, capture: true, passive: true });
  }

  /** What had the focus before it came here. */
  get cameFrom(): Element | null {
    return this.#cameFrom;
  }

  get session(): string | null {
    return this.#session;
  }

  get conversation(): Conversation | null {
    return this.#conversation;
  }

  /** Shows a session, now or as soon as the panel is shown. */
  open(sessionId: string): void {
    this.shown.value = "chat";
    if (this.#conversation === null) this.#session = sessionId;
    else void this.#conversation.open(sessionId);
  }

  /** Opens what a `squid:` link leads to, now or as soon as the panel is shown. */
  follow(uri: string): void {
    this.shown.value = "chat";
    if (this.#conversation === null) this.#wanted = uri;
    else void this.#conversation.follow(uri);
  }

  async newChat(): Promise<void> {
    this.shown.value = "chat";
    await this.#conversation?.newChat();
    this.focusComposer();
  }

  /** Puts a question into the composer, or asks it at once where the settings say so. */
  propose(text: string, attachments: Attachment[]): void {
    this.shown.value = "chat";
    const conversation = this.#conversation;
    if (settings.value.askAtOnce && conversation !== null && !conversation.busy.value) {
      conversation.send(text, attachments);
    } else this.draft.add(text, attachments);
    this.focusComposer();
  }

  focusComposer(): void {
    this.shown.value = "chat";
    this.#focus();
  }

  /** Where one types: the composer of a chat, the search of the list. */
  #focus(): void {
    // After the views have been rendered.
    requestAnimationFrame(() => {
      const place =
        this.shown.value === "chat" ? ".squid-composer textarea" : ".squid-sessions input[type=search]";
      const box = this.node.querySelector<HTMLTextAreaElement | HTMLInputElement>(place);
      box?.focus();
      box?.setSelectionRange(box.value.length, box.value.length);
    });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    render(null, this.node);
    this.#sessions?.dispose();
    this.#conversation?.dispose();
    this.#lifetime.abort();
    super.dispose();
  }

  /** Nothing is asked of the server before somebody looks. */
  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.#start();
    this.#scrollBack();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (!this.isVisible) return;
    this.#start();
    this.#scrollBack();
  }

  /** What was out of the page, as while the panel moves to the other side, has forgotten where it was. */
  #scrollBack(): void {
    // When Lumino has given everything its size.
    requestAnimationFrame(() => {
      for (const [element, top] of this.#scrolled) {
        if (!this.node.contains(element)) this.#scrolled.delete(element);
        else if (element.scrollTop !== top) element.scrollTop = top;
      }
    });
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.#quiet) this.#focus();
  }

  /** Makes an activation that is on its way leave the focus where it is; Lumino delivers it in a microtask. */
  keepQuiet(): void {
    this.#quiet = true;
    setTimeout(() => {
      this.#quiet = false;
    });
  }

  #start(): void {
    if (this.#conversation !== null) return;
    const { open, why, host, context, words } = this.#surroundings;
    const { signal } = this.#lifetime;
    const server = new ServerTransport(open, { signal, why, session: this.#session });
    const transport = new LabTransport(server, context, tellOfUpdate);
    const conversation = new Conversation(transport);
    const sessions = new SessionList(transport, {
      open: (id, message) => (message === null ? this.open(id) : this.follow(addressOf("message", message))),
      select: () => {},
    });
    this.#conversation = conversation;
    this.#sessions = sessions;
    this.#follow(conversation);
    if (this.#wanted !== null) void conversation.follow(this.#wanted);
    render(
      h(PanelView, { conversation, sessions, draft: this.draft, host, shown: this.shown, words }),
      this.node,
    );
  }

  #follow(conversation: Conversation): void {
    const stops = [
      effect(() => {
        const session = conversation.sessionId.value;
        if (!conversation.ready.value || session === this.#session) return;
        this.#session = session;
        this.sessionChanged.emit(session);
      }),
      effect(() => {
        if (conversation.ready.value) this.titleChanged.emit(conversation.title.value);
      }),
      effect(() => {
        const { sendKey } = settings.value;
        if (sendKey !== null) conversation.sendKey.value = sendKey;
      }),
      effect(() => this.#preferModel(conversation)),
      tellOfAnswers(conversation, {
        isSeen: () => this.isVisible && !document.hidden,
        show: () => this.#surroundings.show(this),
      }),
    ];
    this.#lifetime.signal.addEventListener("abort", () => {
      for (const stop of stops) stop();
    });
  }

  /** A new chat begins with the model of the settings, when somebody offers it; another can be chosen then. */
  #preferModel(conversation: Conversation): void {
    const wanted = settings.value.defaultModel;
    const fresh = conversation.ready.value && conversation.sessionId.value === null;
    const offered = conversation.models.list.value.find(({ id }) => id === wanted);
    if (!fresh) this.#preferred = "";
    // What a server knows without having asked anybody is not all there is.
    if (fresh && wanted !== "" && offered === undefined) void conversation.models.expect();
    if (!fresh || offered === undefined || this.#preferred === wanted) return;
    this.#preferred = wanted;
    if (conversation.models.current.peek() !== wanted) void conversation.models.choose(offered);
  }
}
