import type { IconName } from "../../icons.js";
import type { SessionList } from "../../sessionList.js";
import type { Session } from "../../wire.js";
import { Icon } from "../Icon.js";

interface Props {
  sessions: SessionList;
  session: Session;
  active: boolean;
  onTags(ids: string[]): void;
}

/** What can be done with one session, shown when the pointer or the keyboard is on its row. */
export function RowActions({ sessions, session, active, onTags }: Props) {
  const { id, pinned, archived } = session;
  const title = session.title || "Untitled";
  const shared = { title, tabIndex: active ? 0 : -1 };
  const turn = (change: { pinned: boolean } | { archived: boolean }, said: string) => {
    const back = "pinned" in change ? { pinned } : { archived };
    void sessions.change({ ids: [id], ...change }, `${said} “${title}”.`, back);
  };
  return (
    <div class="squid-session-actions">
      <Action
        {...shared}
        icon={pinned ? "pinned" : "pin"}
        label={pinned ? "Unpin" : "Pin"}
        onClick={() => turn({ pinned: !pinned }, pinned ? "Unpinned" : "Pinned")}
      />
      <Action
        {...shared}
        icon="pencil"
        label="Rename"
        hint="F2"
        onClick={() => sessions.beginRename(session)}
      />
      <Action {...shared} icon="tag" label="Tag" onClick={() => onTags([id])} />
      <Action
        {...shared}
        icon="archive"
        label={archived ? "Unarchive" : "Archive"}
        onClick={() => turn({ archived: !archived }, archived ? "Unarchived" : "Archived")}
      />
      <Action
        {...shared}
        icon="trash"
        label="Delete"
        hint="Delete"
        onClick={() => void sessions.remove([id])}
      />
    </div>
  );
}

interface ActionProps {
  icon: IconName;
  label: string;
  hint?: string;
  title: string;
  tabIndex: number;
  onClick(): void;
}

function Action({ icon, label, hint, title, tabIndex, onClick }: ActionProps) {
  return (
    <button
      type="button"
      class="squid-iconbutton"
      aria-label={`${label} ${title}`}
      title={hint ? `${label} (${hint})` : label}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
