import type { DashboardState } from "../../dashboardState.js";
import { dayOf, endOfDay, lastDayBefore, sinceDays, startOfDay } from "../../periods.js";
import { Icon } from "../Icon.js";

const PRESETS = [
  { value: "all", label: "All time", days: null },
  { value: "1", label: "Today", days: 1 },
  { value: "7", label: "Last 7 days", days: 7 },
  { value: "30", label: "Last 30 days", days: 30 },
  { value: "90", label: "Last 90 days", days: 90 },
  { value: "365", label: "Last 12 months", days: 365 },
] as const;

/** The period and the models that all charts are narrowed to. The models are the legend as well. */
export function FilterBar({ state }: { state: DashboardState }) {
  const { since, until, models } = state.filters.value;
  const data = state.data.value;
  const chosen = PRESETS.find(({ days }) =>
    days === null
      ? since === null && until === null
      : until === null && since === sinceDays(days, Date.now()),
  );
  const preset = (value: string) => {
    const days = PRESETS.find((one) => one.value === value)?.days;
    if (days !== undefined) state.narrow({ since: days && sinceDays(days, Date.now()), until: null });
  };
  // A model that was chosen stays to be unchosen, also where the period has none of its calls.
  const offered = [...new Set([...(data?.models ?? []), ...models])];

  return (
    <div class="squid-filters">
      <div class="squid-period">
        <label>
          Period
          <select value={chosen?.value ?? "custom"} onChange={(event) => preset(event.currentTarget.value)}>
            {PRESETS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
            {!chosen && <option value="custom">Chosen days</option>}
          </select>
        </label>
        <label>
          From
          <input
            type="date"
            value={dayOf(since)}
            min={dayOf(data?.first ?? null)}
            max={dayOf(data?.last ?? null)}
            onChange={(event) => state.narrow({ since: startOfDay(event.currentTarget.value) })}
          />
        </label>
        <label>
          To
          <input
            type="date"
            value={lastDayBefore(until)}
            min={dayOf(data?.first ?? null)}
            onChange={(event) => state.narrow({ until: endOfDay(event.currentTarget.value) })}
          />
        </label>
        {state.narrowed.value && (
          <button type="button" class="squid-button" onClick={() => state.clear()}>
            <Icon name="close" />
            Clear filters
          </button>
        )}
      </div>
      {offered.length > 0 && (
        <fieldset class="squid-models">
          <legend class="squid-hidden">Models</legend>
          {offered.map((model) => (
            <button
              key={model}
              type="button"
              class="squid-swatch"
              aria-pressed={models.includes(model)}
              title={models.includes(model) ? `Show other models too` : `Show only chosen models`}
              onClick={() => state.toggleModel(model)}
            >
              <span class="squid-dot" style={{ background: state.colour(model) }} />
              {model || "(no name)"}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}
