import { useRef } from "preact/hooks";
import type { IconName } from "../../icons.js";
import type { SessionList } from "../../sessionList.js";
import type { Session } from "../../wire.js";
import { trans } from "../../words.js";
import { Icon } from "../Icon.js";
import { Menu, type MenuControl } from "../Menu.js";

interface Props {
  sessions: SessionList;
  session: Session;
  active: boolean;
  onTags(ids: string[]): void;
}

interface Action {
  icon: IconName;
  label: string;
  /** The key that does the same. */
  hint?: string;
  run(): void;
}

/**
 * What can be done with one session, shown when the pointer or the keyboard is on its row. Where a row of buttons
 * would cover the session itself, all but the first are in a menu.
 */
export function RowActions({ sessions, session, active, onTags }: Props) {
  const menu = useRef<MenuControl>(null);
  const title = session.title || trans.__("Untitled");
  const actions = actionsOf(sessions, session, onTags);
  const tabIndex = active ? 0 : -1;
  const more = trans.__("More actions");
  return (
    <div class="squid-session-actions">
      {actions.map(({ icon, label, hint, run }, place) => (
        <button
          key={label}
          type="button"
          class={`squid-iconbutton ${place > 0 ? "squid-foldable" : ""}`}
          aria-label={trans.__("%1 %2", label, title)}
          title={hint ? trans.__("%1 (%2)", label, hint) : label}
          tabIndex={tabIndex}
          onClick={run}
        >
          <Icon name={icon} />
        </button>
      ))}
      <button
        type="button"
        class="squid-iconbutton squid-folded"
        aria-haspopup="menu"
        aria-label={trans.__("%1 %2", more, title)}
        title={more}
        tabIndex={tabIndex}
        onClick={(event) => menu.current?.toggle(event.currentTarget)}
      >
        <Icon name="dots" />
      </button>
      <Menu
        control={menu}
        label={trans.__("%1 %2", more, title)}
        items={() =>
          actions.slice(1).map(({ icon, label, hint, run }) => ({
            key: label,
            run,
            shown: (
              <>
                <Icon name={icon} />
                <span>{label}</span>
                {hint && <small>{hint}</small>}
              </>
            ),
          }))
        }
      />
    </div>
  );
}

function actionsOf(sessions: SessionList, session: Session, onTags: (ids: string[]) => void): Action[] {
  const { id, pinned, archived } = session;
  const title = session.title || trans.__("Untitled");
  const turn = (change: { pinned: boolean } | { archived: boolean }, said: string) => {
    const back = "pinned" in change ? { pinned } : { archived };
    void sessions.change({ ids: [id], ...change }, said, back);
  };
  return [
    {
      icon: pinned ? "pinned" : "pin",
      label: pinned ? trans.__("Unpin") : trans.__("Pin"),
      run: () =>
        turn(
          { pinned: !pinned },
          pinned ? trans.__("Unpinned “%1”.", title) : trans.__("Pinned “%1”.", title),
        ),
    },
    {
      icon: "pencil",
      label: trans.__("Rename"),
      hint: trans.__("F2"),
      run: () => sessions.beginRename(session),
    },
    { icon: "tag", label: trans.__("Tag"), run: () => onTags([id]) },
    { icon: "link", label: trans.__("Copy link"), run: () => void sessions.copyLink(session) },
    {
      icon: "archive",
      label: archived ? trans.__("Unarchive") : trans.__("Archive"),
      run: () =>
        turn(
          { archived: !archived },
          archived ? trans.__("Unarchived “%1”.", title) : trans.__("Archived “%1”.", title),
        ),
    },
    {
      icon: "trash",
      label: trans.__("Delete"),
      hint: trans._p("key", "Delete"),
      run: () => void sessions.remove([id]),
    },
  ];
}
