import { useEffect, useRef } from "preact/hooks";
import type { IconName } from "../../icons.js";
import type { SessionList } from "../../sessionList.js";
import { longWhen, shortWhen } from "../../when.js";
import type { Session } from "../../wire.js";
import { Icon } from "../Icon.js";
import { Facts } from "./Facts.js";

interface Props {
  sessions: SessionList;
  index: number;
  session: Session | undefined;
  top: number;
  height: number;
  heading: { name: string; count: number } | null;
  total: number;
  onTags(ids: string[]): void;
}

/** One session: a click opens it, the box selects it, and what else can be done appears beside it. */
export function Row({ sessions, index, session, top, height, heading, total, onTags }: Props) {
  const selected = session !== undefined && sessions.selected.ids.value.has(session.id);
  const open = session !== undefined && sessions.current.value === session.id;
  const active = sessions.active.value === index;
  return (
    <li
      class={`squid-session ${selected ? "squid-selected" : ""} ${open ? "squid-current" : ""}`}
      data-row={index}
      aria-posinset={index + 1}
      aria-setsize={total}
      style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
      onFocusCapture={() => {
        sessions.active.value = index;
      }}
    >
      {heading && (
        <h2 class="squid-session-group">
          {heading.name}
          <small>{heading.count.toLocaleString()}</small>
        </h2>
      )}
      <div class="squid-session-row">
        {session === undefined ? (
          <button
            type="button"
            class="squid-session-open squid-session-missing"
            aria-label="Loading"
            tabIndex={active ? 0 : -1}
          >
            <span />
            <span />
          </button>
        ) : (
          <Filled
            sessions={sessions}
            index={index}
            session={session}
            selected={selected}
            open={open}
            active={active}
            onTags={onTags}
          />
        )}
      </div>
    </li>
  );
}

interface FilledProps {
  sessions: SessionList;
  index: number;
  session: Session;
  selected: boolean;
  open: boolean;
  active: boolean;
  onTags(ids: string[]): void;
}

function Filled({ sessions, index, session, selected, open, active, onTags }: FilledProps) {
  const title = session.title || "Untitled";
  const found = sessions.found.value[session.id];
  const tabIndex = active ? 0 : -1;
  const onClick = (event: MouseEvent) => {
    if (event.shiftKey) void sessions.extendTo(index);
    else if (event.ctrlKey || event.metaKey) sessions.selected.toggle(index);
    else sessions.open(session);
  };
  return (
    <>
      <label class="squid-session-check" title="Select (Space)">
        <input
          type="checkbox"
          aria-label={`Select ${title}`}
          checked={selected}
          tabIndex={tabIndex}
          onClick={(event) => {
            if (event.shiftKey) void sessions.extendTo(index);
            else sessions.selected.toggle(index);
          }}
        />
      </label>
      {sessions.renaming.value === session.id ? (
        <TitleInput
          title={session.title}
          onDone={(text) => {
            void sessions.rename(session, text);
            sessions.goTo(index);
          }}
        />
      ) : (
        <button
          type="button"
          class="squid-session-open"
          aria-current={open ? "true" : undefined}
          tabIndex={tabIndex}
          title={title}
          onClick={onClick}
          onDblClick={() => sessions.beginRename(session)}
        >
          <span class="squid-session-title">
            <span>{title}</span>
            <time dateTime={session.updated_at} title={longWhen(session.updated_at)}>
              {shortWhen(session.updated_at)}
            </time>
          </span>
          <Facts session={session} answering={sessions.answering.value[session.id]} found={found} />
          {found && (
            <span class="squid-snippet" dangerouslySetInnerHTML={{ __html: marked(found.snippet) }} />
          )}
        </button>
      )}
      <div class="squid-session-actions">
        <Action
          icon={session.pinned ? "pinned" : "pin"}
          label={session.pinned ? "Unpin" : "Pin"}
          title={title}
          tabIndex={tabIndex}
          onClick={() =>
            void sessions.change(
              { ids: [session.id], pinned: !session.pinned },
              `${session.pinned ? "Unpinned" : "Pinned"} “${title}”.`,
              { pinned: session.pinned },
            )
          }
        />
        <Action
          icon="pencil"
          label="Rename"
          hint="F2"
          title={title}
          tabIndex={tabIndex}
          onClick={() => sessions.beginRename(session)}
        />
        <Action
          icon="tag"
          label="Tag"
          title={title}
          tabIndex={tabIndex}
          onClick={() => onTags([session.id])}
        />
        <Action
          icon="archive"
          label={session.archived ? "Unarchive" : "Archive"}
          title={title}
          tabIndex={tabIndex}
          onClick={() =>
            void sessions.change(
              { ids: [session.id], archived: !session.archived },
              `${session.archived ? "Unarchived" : "Archived"} “${title}”.`,
              { archived: session.archived },
            )
          }
        />
        <Action
          icon="trash"
          label="Delete"
          hint="Delete"
          title={title}
          tabIndex={tabIndex}
          onClick={() => void sessions.remove([session.id])}
        />
      </div>
    </>
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

/** Enter saves, Escape leaves it as it was, and so does going elsewhere without a change. */
function TitleInput({ title, onDone }: { title: string; onDone(text: string | null): void }) {
  const input = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  useEffect(() => input.current?.select(), []);
  const end = (text: string | null) => {
    if (!ended.current) onDone(text);
    ended.current = true;
  };
  return (
    <input
      ref={input}
      class="squid-title squid-session-rename"
      aria-label="Session title"
      defaultValue={title}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === "Enter") end(event.currentTarget.value);
        else if (event.key === "Escape") end(null);
      }}
      onBlur={(event) => end(event.currentTarget.value)}
    />
  );
}

/** Snippets come escaped, with `<mark>` as their only tag; whatever else looks like a tag is shown as text. */
function marked(snippet: string): string {
  return snippet.replace(/<(?!\/?mark>)/g, "&lt;");
}
