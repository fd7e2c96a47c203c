import { useComputed } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { layoutOf, rowAt, sectionOf, topOf } from "../../rowLayout.js";
import type { SessionList } from "../../sessionList.js";
import { groupName } from "../../when.js";
import { trans } from "../../words.js";
import { Row } from "./Row.js";
import { useRowKeys } from "./useRowKeys.js";

const ROW = 50;
const FOUND_ROW = 86;
const HEADING = 30;
/** Rows kept above and below the screen, so that scrolling finds them there. */
const BEYOND = 8;

interface Props {
  sessions: SessionList;
  onSearch(): void;
  onTags(ids: string[]): void;
}

/** The rows that are on the screen, out of a list of any length. */
export function List({ sessions, onSearch, onTags }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, last: 20 });
  const layout = useComputed(() => {
    // Results are shown as results until the next list has come.
    const found = Object.keys(sessions.found.value).length > 0;
    return layoutOf(sessions.groups.value, found ? FOUND_ROW : ROW, HEADING);
  }).value;
  const active = sessions.active.value;
  const measure = () => {
    const element = scroller.current;
    if (element === null) return;
    const first = Math.max(0, rowAt(layout, element.scrollTop) - BEYOND);
    const last = Math.min(layout.rows - 1, rowAt(layout, element.scrollTop + element.clientHeight) + BEYOND);
    sessions.need(first, last);
    setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
  };
  const measured = useRef(measure);
  measured.current = measure;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => measured.current());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const begun = sessions.begun.value;
  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [begun]);
  useLayoutEffect(() => measure(), [layout]);

  const focused = sessions.focused.value;
  const laid = useRef(layout);
  laid.current = layout;
  // Only when the keyboard has moved: a list that changes must not take the focus from the search box. Before the
  // next key is pressed, so that it arrives at the row.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (focused === 0 || element === null) return;
    reveal(element, topOf(laid.current, sessions.active.value), laid.current.rowHeight, HEADING);
    element
      .querySelector<HTMLElement>(`[data-row="${sessions.active.value}"] .squid-session-open`)
      ?.focus({ preventScroll: true });
  }, [focused, sessions]);

  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / layout.rowHeight) - 1);
  const onKeyDown = useRowKeys(sessions, { page, onSearch });
  const places = Array.from(
    { length: Math.max(0, range.last - range.first + 1) },
    (_, number) => range.first + number,
  );
  // The row that has the focus stays, wherever the list is scrolled to.
  if (active < layout.rows && (active < range.first || active > range.last)) places.push(active);

  return (
    <div class="squid-sessions-scroller" ref={scroller} aria-busy={sessions.behind.value} onScroll={measure}>
      <ul
        // biome-ignore lint/a11y/noRedundantRoles: without bullets Safari takes a list for none
        role="list"
        aria-label={trans.__("Sessions")}
        style={{ height: `${layout.height}px` }}
        onKeyDown={onKeyDown}
      >
        {places
          .filter((index) => index < layout.rows)
          .map((index) => {
            const section = sectionOf(layout, index);
            const heading =
              section !== undefined && section.first === index && section.heading > 0 ? section : null;
            return (
              <Row
                key={index}
                sessions={sessions}
                index={index}
                session={sessions.rows.value.get(index)}
                top={topOf(layout, index) - (heading?.heading ?? 0)}
                height={layout.rowHeight + (heading?.heading ?? 0)}
                heading={heading && { name: groupName(heading.key), count: heading.count }}
                total={layout.rows}
                onTags={onTags}
              />
            );
          })}
      </ul>
    </div>
  );
}

/** Scrolls as little as needed. */
function reveal(element: HTMLElement, top: number, height: number, above: number): void {
  const { scrollTop, clientHeight } = element;
  if (top - above < scrollTop) element.scrollTop = top - above;
  else if (top + height > scrollTop + clientHeight) element.scrollTop = top + height - clientHeight;
}
