import type { IconName } from "../../icons.js";
import type { SessionList } from "../../sessionList.js";
import type { Session } from "../../wire.js";
import { trans } from "../../words.js";
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
  const title = session.title || trans.__("Untitled");
  const shared = { title, tabIndex: active ? 0 : -1 };
  const turn = (change: { pinned: boolean } | { archived: boolean }, said: string) => {
    const back = "pinned" in change ? { pinned } : { archived };
    void sessions.change({ ids: [id], ...change }, said, back);
  };
  return (
    <div class="squid-session-actions">
      <Action
        {...shared}
        icon={pinned ? "pinned" : "pin"}
        label={pinned ? trans.__("Unpin") : trans.__("Pin")}
        onClick={() =>
          turn(
            { pinned: !pinned },
            pinned ? trans.__("Unpinned “%1”.", title) : trans.__("Pinned “%1”.", title),
          )
        }
      />
      <Action
        {...shared}
        icon="pencil"
        label={trans.__("Rename")}
        hint={trans.__("F2")}
        onClick={() => sessions.beginRename(session)}
      />
      <Action {...shared} icon="tag" label={trans.__("Tag")} onClick={() => onTags([id])} />
      <Action
        {...shared}
        icon="archive"
        label={archived ? trans.__("Unarchive") : trans.__("Archive")}
        onClick={() =>
          turn(
            { archived: !archived },
            archived ? trans.__("Unarchived “%1”.", title) : trans.__("Archived “%1”.", title),
          )
        }
      />
      <Action
        {...shared}
        icon="trash"
        label={trans.__("Delete")}
        hint={trans._p("key", "Delete")}
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
      aria-label={trans.__("%1 %2", label, title)}
      title={hint ? trans.__("%1 (%2)", label, hint) : label}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
