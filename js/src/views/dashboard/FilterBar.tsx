import type { DashboardState } from "../../dashboardState.js";
import { dayOf, endOfDay, lastDayBefore, sinceDays, startOfDay } from "../../periods.js";
import { trans } from "../../words.js";
import { Icon } from "../Icon.js";

const presets = () => [
  { value: "all", label: trans.__("All time"), days: null },
  { value: "1", label: trans.__("Today"), days: 1 },
  { value: "7", label: trans.__("Last 7 days"), days: 7 },
  { value: "30", label: trans.__("Last 30 days"), days: 30 },
  { value: "90", label: trans.__("Last 90 days"), days: 90 },
  { value: "365", label: trans.__("Last 12 months"), days: 365 },
];

/** The period and the models that all charts are narrowed to. The models are the legend as well. */
export function FilterBar({ state }: { state: DashboardState }) {
  const { since, until, models } = state.filters.value;
  const data = state.data.value;
  const chosen = presets().find(({ days }) =>
    days === null
      ? since === null && until === null
      : until === null && since === sinceDays(days, Date.now()),
  );
  const preset = (value: string) => {
    const days = presets().find((one) => one.value === value)?.days;
    if (days !== undefined)
      state.narrow({ since: days === null ? null : sinceDays(days, Date.now()), until: null });
  };
  // A model that was chosen stays to be unchosen, also where the period has none of its calls.
  const offered = [...new Set([...(data?.models ?? []), ...models])];

  return (
    <div class="squid-filters">
      <div class="squid-period">
        <label>
          {trans.__("Period")}
          <select value={chosen?.value ?? "custom"} onChange={(event) => preset(event.currentTarget.value)}>
            {presets().map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
            {!chosen && <option value="custom">{trans.__("Chosen days")}</option>}
          </select>
        </label>
        <label>
          {trans.__("From")}
          <input
            type="date"
            value={dayOf(since)}
            min={dayOf(data?.first ?? null)}
            max={dayOf(data?.last ?? null)}
            onChange={(event) => state.narrow({ since: startOfDay(event.currentTarget.value) })}
          />
        </label>
        <label>
          {trans.__("To")}
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
            {trans.__("Clear filters")}
          </button>
        )}
      </div>
      {offered.length > 0 && (
        <fieldset class="squid-models">
          <legend class="squid-hidden">{trans.__("Models")}</legend>
          {offered.map((model) => (
            <button
              key={model}
              type="button"
              class="squid-swatch"
              aria-pressed={models.includes(model)}
              title={
                models.includes(model)
                  ? trans.__("Show other models too")
                  : trans.__("Show only chosen models")
              }
              onClick={() => state.toggleModel(model)}
            >
              <span class="squid-dot" style={{ background: state.colour(model) }} />
              {model || trans.__("(no name)")}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}
