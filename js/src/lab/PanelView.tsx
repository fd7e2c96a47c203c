import type { Signal } from "@preact/signals";
import type { Conversation } from "../conversation.js";
import type { Draft } from "../draft.js";
import type { Host } from "../host.js";
import type { SessionList } from "../sessionList.js";
import { Chat } from "../views/Chat.js";
import { Icon } from "../views/Icon.js";
import { Sessions } from "../views/sessions/Sessions.js";

export type Shown = "chat" | "sessions";

interface Props {
  conversation: Conversation;
  sessions: SessionList;
  draft: Draft;
  host: Host;
  shown: Signal<Shown>;
  /** The words of this view, translated. */
  words: Record<Shown, string>;
}

/** The panel: the chat, and behind it the list of all conversations. */
export function PanelView({ conversation, sessions, draft, host, shown, words }: Props) {
  const chosen = shown.value;
  return (
    <div class="squid-lab-view">
      <div class="squid-switch" role="tablist" aria-label="Squid">
        <Tab name="chat" icon="squid" label={words.chat} shown={shown} />
        <Tab name="sessions" icon="search" label={words.sessions} shown={shown} />
      </div>
      <div id="squid-panel-chat" role="tabpanel" aria-label={words.chat} hidden={chosen !== "chat"}>
        <Chat conversation={conversation} host={host} draft={draft} />
      </div>
      <div role="tabpanel" aria-label={words.sessions} hidden={chosen !== "sessions"}>
        {chosen === "sessions" && <Sessions sessions={sessions} />}
      </div>
    </div>
  );
}

interface TabProps {
  name: Shown;
  icon: "squid" | "search";
  label: string;
  shown: Signal<Shown>;
}

function Tab({ name, icon, label, shown }: TabProps) {
  const selected = shown.value === name;
  const other: Shown = name === "chat" ? "sessions" : "chat";
  return (
    <button
      type="button"
      role="tab"
      aria-selected={selected}
      tabIndex={selected ? 0 : -1}
      onClick={() => {
        shown.value = name;
      }}
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        shown.value = other;
        const { currentTarget } = event;
        const next = currentTarget.nextElementSibling ?? currentTarget.previousElementSibling;
        if (next instanceof HTMLElement) next.focus();
      }}
    >
      <Icon name={icon} />
      {label}
    </button>
  );
}
