import { useEffect } from "preact/hooks";
import { dollars, shown } from "../../cells.js";
import type { DashboardState } from "../../dashboardState.js";
import type { Totals } from "../../dashboardWire.js";
import { trans } from "../../words.js";
import { Banner } from "../Banner.js";
import { Icon } from "../Icon.js";
import { withCode } from "../withCode.js";
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
      aria-label={trans.__("Squid dashboard")}
      aria-busy={state.loading.value}
      data-lm-suppress-shortcuts="true"
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header class="squid-header">
        <Icon name="squid" />
        <h2 class="squid-dashboard-title">{trans.__("Usage")}</h2>
        <span class="squid-status" role="status">
          {state.loading.value ? trans.__("Loading…") : state.notice.value}
        </span>
        <button
          type="button"
          class="squid-iconbutton"
          aria-label={trans.__("Refresh")}
          title={trans.__("Refresh")}
          disabled={state.loading.value}
          onClick={() => void state.load()}
        >
          <Icon name="retry" />
        </button>
      </header>
      {silent && <Banner kind="info">{trans.__("The kernel is busy; this goes on when it answers.")}</Banner>}
      {error && (
        <Banner kind="error" action={{ label: trans.__("Try again"), run: () => void state.load() }}>
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
              {trans.__("No call fits these filters.")}{" "}
              <button type="button" class="squid-button" onClick={() => state.clear()}>
                {trans.__("Clear filters")}
              </button>
            </p>
          ) : (
            <div class="squid-cards">
              {data.charts.map((chart) => (
                <ChartCard key={chart.name} state={state} chart={chart} bucket={data.bucket} />
              ))}
            </div>
          )}
          <p class="squid-card-note">{trans.__("Days are those of UTC, as everywhere in the history.")}</p>
        </div>
      )}
      {!data && !error && <p class="squid-card-blank">{trans.__("Reading the history…")}</p>}
    </section>
  );
}

function Empty() {
  return (
    <p class="squid-card-blank">
      {withCode(
        trans.__(
          "No model has been called yet. Ask something with `%squid` or in the chat, and what it took is shown here.",
        ),
      )}
    </p>
  );
}

function Tiles({ totals }: { totals: Totals }) {
  const about = totals.estimated > 0 ? "≈ " : "";
  const tiles = [
    {
      label: trans.__("Calls"),
      value: shown(totals.calls, "count"),
      note: trans._n("in %1 session", "in %1 sessions", totals.sessions),
    },
    {
      label: trans.__("Tokens in"),
      value: about + shown(totals.input_tokens, "tokens"),
      note: estimates(totals),
    },
    {
      label: trans.__("Tokens out"),
      value: about + shown(totals.output_tokens, "tokens"),
      note: estimates(totals),
    },
    {
      label: trans.__("Cost"),
      value: price(totals),
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

function price({ cost_usd, unknown_cost, free }: Totals): string {
  if (cost_usd !== null) return dollars(cost_usd);
  if (unknown_cost > 0) return trans.__("unknown");
  return free > 0 ? trans.__("free") : "–";
}

function unpriced(totals: Totals): string {
  const parts = [];
  if (totals.unknown_cost) parts.push(trans.__("%1 of unknown cost", totals.unknown_cost));
  if (totals.free) parts.push(trans.__("%1 free, run locally", totals.free));
  return parts.join(", ");
}

function estimates(totals: Totals): string {
  if (totals.estimated === 0) return "";
  return trans._n("%1 call estimated", "%1 calls estimated", totals.estimated);
}
