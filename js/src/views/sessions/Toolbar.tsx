import type { Signal } from "@preact/signals";
import { filters, type SessionList } from "../../sessionList.js";
import type { Sort } from "../../sessionsWire.js";
import { Icon } from "../Icon.js";

export type Panel = "filters" | "tags" | "export" | null;

const SORTS: [Sort, string][] = [
  ["updated", "Last activity"],
  ["created", "Created"],
  ["title", "Title"],
  ["messages", "Messages"],
  ["cost", "Cost"],
];

interface Props {
  sessions: SessionList;
  panel: Signal<Panel>;
}

/** The order of the list, and the way to its filters. */
export function Toolbar({ sessions, panel }: Props) {
  const view = sessions.view.value;
  const count = filters(view);
  const open = panel.value === "filters";
  return (
    <div class="squid-sessions-bar">
      <select
        class="squid-model"
        aria-label="Sort by"
        title="Sort by"
        value={view.sort}
        onChange={(event) => sessions.show({ sort: event.currentTarget.value as Sort })}
      >
        {sessions.searching.value && <option value="match">Best match</option>}
        {SORTS.map(([sort, name]) => (
          <option key={sort} value={sort}>
            {name}
          </option>
        ))}
      </select>
      <button
        type="button"
        class={`squid-button squid-quiet ${count > 0 ? "squid-on" : ""}`}
        aria-expanded={open}
        aria-label={count > 0 ? `Filters, ${count} set` : "Filters"}
        onClick={() => {
          panel.value = open ? null : "filters";
          if (!open) void sessions.readFacets();
        }}
      >
        <Icon name="filter" />
        <span>Filter</span>
        {count > 0 && <b>{count}</b>}
      </button>
    </div>
  );
}
