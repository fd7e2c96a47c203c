import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { SessionList } from "../../sessionList.js";
import { trans } from "../../words.js";
import { Blank } from "./Blank.js";
import { FilterPanel } from "./FilterPanel.js";
import { List } from "./List.js";
import { SearchBox } from "./SearchBox.js";
import { SelectionBar } from "./SelectionBar.js";
import { SessionNotices } from "./SessionNotices.js";
import { Takeaway } from "./Takeaway.js";
import { type Panel, Toolbar } from "./Toolbar.js";

interface Props {
  sessions: SessionList;
}

/** The session browser: search, filters, the list, and what can be done with a selection. */
export function Sessions({ sessions }: Props) {
  const root = useRef<HTMLElement>(null);
  const panel = useSignal<Panel>(null);
  /** Whose tags are edited when it is not the selection's. */
  const tagged = useSignal<string[] | null>(null);
  const selecting = sessions.selected.ids.value.size > 0;

  useEffect(() => {
    void sessions.connect();
  }, [sessions]);
  const focusSearch = () => root.current?.querySelector<HTMLInputElement>("input[type=search]")?.focus();
  const closePanel = () => {
    panel.value = null;
    tagged.value = null;
  };
  const editTags = (ids: string[] | null) => {
    tagged.value = ids;
    panel.value = "tags";
  };
  const empty = sessions.ready.value && sessions.total.value === 0;

  return (
    <section
      ref={root}
      class={`squid squid-sessions ${selecting ? "squid-selecting" : ""}`}
      aria-label={trans.__("Squid sessions")}
      data-lm-suppress-shortcuts="true"
      onKeyDown={(event) => event.stopPropagation()}
    >
      <SearchBox sessions={sessions} />
      {selecting || tagged.value !== null ? (
        <SelectionBar
          sessions={sessions}
          panel={panel}
          tagged={tagged.value}
          onTags={editTags}
          onClose={closePanel}
        />
      ) : (
        <Toolbar sessions={sessions} panel={panel} />
      )}
      {!selecting && tagged.value === null && panel.value === "filters" && (
        <FilterPanel sessions={sessions} />
      )}
      {empty || (!sessions.ready.value && sessions.problem.value !== null) ? (
        <Blank sessions={sessions} onClear={focusSearch} />
      ) : (
        <List sessions={sessions} onSearch={focusSearch} onTags={(ids) => editTags(ids)} />
      )}
      <SessionNotices sessions={sessions} />
      <Takeaway sessions={sessions} />
      <div class="squid-hidden" role="status">
        {sessions.status.value}
      </div>
    </section>
  );
}
