import { useState } from "preact/hooks";
import type { SessionList } from "../../sessionList.js";
import { longWhen, shortWhen } from "../../when.js";
import type { Session } from "../../wire.js";
import { number, trans } from "../../words.js";
import { Facts } from "./Facts.js";
import { RowActions } from "./RowActions.js";
import { TitleInput } from "./TitleInput.js";

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
  // Most of a row is what can be done with it, which nobody sees before the pointer or the keyboard is there.
  const [near, setNear] = useState(false);
  return (
    <li
      class={`squid-session ${selected ? "squid-selected" : ""} ${open ? "squid-current" : ""}`}
      data-row={index}
      aria-posinset={index + 1}
      aria-setsize={total}
      style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
      onFocusCapture={() => {
        sessions.active.value = index;
      }}
    >
      {heading && (
        <h2 class="squid-session-group">
          {heading.name}
          <small>{number(heading.count)}</small>
        </h2>
      )}
      <div class="squid-session-row">
        {session && <Check sessions={sessions} index={index} session={session} active={active} />}
        {session && sessions.renaming.value === session.id ? (
          <TitleInput
            title={session.title}
            onDone={(text, byKey) => {
              void sessions.rename(session, text);
              if (byKey) sessions.goTo(index);
            }}
          />
        ) : (
          // The same button before and after the row has come, so that it keeps the focus.
          <OpenButton key="open" sessions={sessions} index={index} session={session} active={active} />
        )}
        {session && (near || active) && (
          <RowActions sessions={sessions} session={session} active={active} onTags={onTags} />
        )}
      </div>
    </li>
  );
}

interface PartProps {
  sessions: SessionList;
  index: number;
  session: Session;
  active: boolean;
}

function Check({ sessions, index, session, active }: PartProps) {
  return (
    <label class="squid-session-check" title={trans.__("Select (Space)")}>
      <input
        type="checkbox"
        aria-label={trans.__("Select %1", nameOf(session))}
        checked={sessions.selected.ids.value.has(session.id)}
        tabIndex={active ? 0 : -1}
        onClick={(event) => {
          if (event.shiftKey) void sessions.extendTo(index);
          else sessions.selected.toggle(index);
        }}
      />
    </label>
  );
}

interface OpenProps extends Omit<PartProps, "session"> {
  session: Session | undefined;
}

function OpenButton({ sessions, index, session, active }: OpenProps) {
  if (session === undefined) {
    return (
      <button
        type="button"
        class="squid-session-open squid-session-missing"
        aria-label={trans.__("Loading")}
        tabIndex={active ? 0 : -1}
      >
        <span />
        <span />
      </button>
    );
  }
  const found = sessions.found.value[session.id];
  const onClick = (event: MouseEvent) => {
    if (event.shiftKey) void sessions.extendTo(index);
    else if (event.ctrlKey || event.metaKey) sessions.selected.toggle(index);
    else sessions.open(session);
  };
  return (
    <button
      type="button"
      class="squid-session-open"
      aria-current={sessions.current.value === session.id ? "true" : undefined}
      tabIndex={active ? 0 : -1}
      title={nameOf(session)}
      onClick={onClick}
      onDblClick={() => sessions.beginRename(session)}
    >
      <span class="squid-session-title">
        <span>{nameOf(session)}</span>
        <time dateTime={session.updated_at} title={longWhen(session.updated_at)}>
          {shortWhen(session.updated_at)}
        </time>
      </span>
      <Facts session={session} answering={sessions.answering.value[session.id]} found={found} />
      {found && <span class="squid-snippet" dangerouslySetInnerHTML={{ __html: marked(found.snippet) }} />}
    </button>
  );
}

function nameOf(session: Session): string {
  return session.title || trans.__("Untitled");
}

/** Snippets come escaped, with `<mark>` as their only tag; whatever else looks like a tag is shown as text. */
function marked(snippet: string): string {
  return snippet.replace(/<(?!\/?mark>)/g, "&lt;");
}
