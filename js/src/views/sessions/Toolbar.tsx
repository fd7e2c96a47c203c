import type { Signal } from "@preact/signals";
import { filters, type SessionList } from "../../sessionList.js";
import type { Sort } from "../../sessionsWire.js";
import { number, trans } from "../../words.js";
import { Icon } from "../Icon.js";

export type Panel = "filters" | "tags" | "export" | null;

const sorts = (): [Sort, string][] => [
  ["updated", trans.__("Last activity")],
  ["created", trans.__("Created")],
  ["title", trans.__("Title")],
  ["messages", trans.__("Messages")],
  ["cost", trans.__("Cost")],
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
        aria-label={trans.__("Sort by")}
        title={trans.__("Sort by")}
        value={view.sort}
        onChange={(event) => sessions.show({ sort: event.currentTarget.value as Sort })}
      >
        {sessions.searching.value && <option value="match">{trans.__("Best match")}</option>}
        {sorts().map(([sort, name]) => (
          <option key={sort} value={sort}>
            {name}
          </option>
        ))}
      </select>
      <button
        type="button"
        class={`squid-button squid-quiet ${count > 0 ? "squid-on" : ""}`}
        aria-expanded={open}
        aria-label={count > 0 ? trans._n("Filters, %1 set", "Filters, %1 set", count) : trans.__("Filters")}
        onClick={() => {
          panel.value = open ? null : "filters";
          if (!open) void sessions.readFacets();
        }}
      >
        <Icon name="filter" />
        <span>{trans.__("Filter")}</span>
        {count > 0 && <b>{number(count)}</b>}
      </button>
    </div>
  );
}
