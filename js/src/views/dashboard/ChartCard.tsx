import { useMemo } from "preact/hooks";
import { barsOf, isBlank, spoken } from "../../chartRows.js";
import type { DashboardState } from "../../dashboardState.js";
import type { Bucket, ChartData } from "../../dashboardWire.js";
import { copyText } from "../../host.js";
import { newId } from "../../ids.js";
import { following } from "../../periods.js";
import { trans } from "../../words.js";
import { Bars } from "./Bars.js";
import { DataTable } from "./DataTable.js";

interface Props {
  state: DashboardState;
  chart: ChartData;
  bucket: Bucket;
}

function nothing(chart: string): string {
  switch (chart) {
    case "cost":
      return trans.__("No call here has a known price. Models on this machine cost nothing.");
    case "first_token":
    case "speed":
      return trans.__("No call here was timed.");
    case "files":
      return trans.__("Nothing was attached here.");
    default:
      return trans.__("Nothing here.");
  }
}

/** One chart with its title, its numbers as a table, and the cells that get them again. */
export function ChartCard({ state, chart, bucket }: Props) {
  const id = useMemo(newId, []);
  const bars = useMemo(() => barsOf(chart, bucket, (model) => state.colour(model)), [chart, bucket, state]);
  const blank = isBlank(bars);
  const copy = async (text: string, what: "SQL" | "Python") => {
    state.notice.value = "";
    const copied = await copyText(text);
    state.notice.value = copied ? said(what, state) : trans.__("The browser does not let this page copy.");
  };
  const pick = (first: number, last: number) => {
    const [start, end] = [bars.starts[first], bars.starts[last]];
    if (start !== undefined && end !== undefined) {
      const until = new Date(following(end, bucket)).toISOString();
      state.narrow({ since: new Date(start).toISOString(), until });
    }
    const model = bars.models[first];
    if (model !== undefined && first === last) state.toggleModel(model);
  };

  return (
    <section class={`squid-card squid-card-${chart.name}`} aria-labelledby={id}>
      <header>
        <h3 id={id}>{chart.title}</h3>
        <p class="squid-card-note">{chart.note}</p>
      </header>
      {blank ? (
        <p class="squid-card-blank">{nothing(chart.name)}</p>
      ) : (
        <Bars
          bars={bars}
          label={spoken(chart, bars)}
          {...(bars.overTime || bars.models.length > 0 ? { onPick: pick } : {})}
        />
      )}
      <footer>
        {chart.rows.length > 0 && <DataTable chart={chart} />}
        <span class="squid-copies">
          <button
            type="button"
            class="squid-button"
            aria-label={trans.__("Copy as SQL: %1", chart.title)}
            onClick={() => void copy(chart.sql, "SQL")}
          >
            {trans.__("Copy as %1", "SQL")}
          </button>
          <button
            type="button"
            class="squid-button"
            aria-label={trans.__("Copy as Python: %1", chart.title)}
            onClick={() => void copy(chart.python, "Python")}
          >
            {trans.__("Copy as %1", "Python")}
          </button>
        </span>
      </footer>
    </section>
  );
}

function said(what: "SQL" | "Python", state: DashboardState): string {
  const data = state.data.value;
  if (what === "SQL" && data && !data.magic) {
    return trans.__(
      "Copied the query alone: %squid reads another history here. Run it with squid.history.sql.",
    );
  }
  return what === "SQL" && data && !data.loaded
    ? trans.__("Copied as SQL. Paste it into a cell after %load_ext squid_nb to get the same numbers.")
    : trans.__("Copied as %1. Paste it into a cell to get the same numbers.", what);
}
