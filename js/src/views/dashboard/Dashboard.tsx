import { useEffect } from "preact/hooks";
import { dollars, shown } from "../../cells.js";
import type { DashboardState } from "../../dashboardState.js";
import type { Totals } from "../../dashboardWire.js";
import { Banner } from "../Banner.js";
import { Icon } from "../Icon.js";
import { ChartCard } from "./ChartCard.js";
import { FilterBar } from "./FilterBar.js";

/** Where tokens, money and time went: totals, filters and charts. */
export function Dashboard({ state }: { state: DashboardState }) {
  useEffect(() => void state.load(), [state]);
  const data = state.data.value;
  const error = state.error.value;
  const silent = state.connection.value === "silent";

  return (
    <section
      class="squid squid-dashboard"
      aria-label="Squid dashboard"
      aria-busy={state.loading.value}
      data-lm-suppress-shortcuts="true"
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header class="squid-header">
        <Icon name="squid" />
        <h2 class="squid-dashboard-title">Usage</h2>
        <span class="squid-status" role="status">
          {state.loading.value ? "Loading…" : state.notice.value}
        </span>
        <button
          type="button"
          class="squid-iconbutton"
          aria-label="Refresh"
          title="Refresh"
          disabled={state.loading.value}
          onClick={() => void state.load()}
        >
          <Icon name="retry" />
        </button>
      </header>
      {silent && <Banner kind="info">The kernel is busy; this goes on when it answers.</Banner>}
      {error && (
        <Banner kind="error" action={{ label: "Try again", run: () => void state.load() }}>
          {error.message} {error.hint}
        </Banner>
      )}
      {data && !data.any && <Empty />}
      {data?.any && (
        <div class="squid-dashboard-body">
          <FilterBar state={state} />
          <Tiles totals={data.totals} />
          {data.totals.calls === 0 ? (
            <p class="squid-card-blank">
              No call fits these filters.{" "}
              <button type="button" class="squid-button" onClick={() => state.clear()}>
                Clear filters
              </button>
            </p>
          ) : (
            <div class="squid-cards">
              {data.charts.map((chart) => (
                <ChartCard key={chart.name} state={state} chart={chart} bucket={data.bucket} />
              ))}
            </div>
          )}
          <p class="squid-card-note">Days are those of UTC, as everywhere in the history.</p>
        </div>
      )}
      {!data && !error && <p class="squid-card-blank">Reading the history…</p>}
    </section>
  );
}

function Empty() {
  return (
    <p class="squid-card-blank">
      No model has been called yet. Ask something with <code>%squid</code> or in the chat, and what it took is
      shown here.
    </p>
  );
}

function Tiles({ totals }: { totals: Totals }) {
  const about = totals.estimated > 0 ? "≈ " : "";
  const tiles = [
    {
      label: "Calls",
      value: shown(totals.calls, "count"),
      note: `in ${shown(totals.sessions, "count")} sessions`,
    },
    { label: "Tokens in", value: about + shown(totals.input_tokens, "tokens"), note: estimates(totals) },
    { label: "Tokens out", value: about + shown(totals.output_tokens, "tokens"), note: estimates(totals) },
    {
      label: "Cost",
      value: totals.cost_usd === null ? "–" : dollars(totals.cost_usd),
      note: unpriced(totals),
    },
  ];
  return (
    <dl class="squid-tiles">
      {tiles.map(({ label, value, note }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <strong>{value}</strong>
            {note && <span>{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function unpriced(totals: Totals): string {
  const parts = [];
  if (totals.unknown_cost) parts.push(`${shown(totals.unknown_cost, "count")} of unknown cost`);
  if (totals.free) parts.push(`${shown(totals.free, "count")} free, on this machine`);
  return parts.join(", ");
}

function estimates(totals: Totals): string {
  return totals.estimated ? `${shown(totals.estimated, "count")} calls estimated` : "";
}
