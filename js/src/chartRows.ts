/** From the rows of a chart to its bars: what stands where, how high, in which colour, and what it says. */

import { paid, short, shown } from "./cells.js";
import type { Bucket, CellKind, ChartData } from "./dashboardWire.js";
import { buckets, periodLabel } from "./periods.js";
import { pale } from "./seriesColours.js";
import { trans } from "./words.js";

export interface Series {
  label: string;
  colours: string[];
  values: (number | null)[];
  /** What each bar says when it is pointed at. */
  said: string[];
}

export interface Bars {
  labels: string[];
  series: Series[];
  kind: CellKind;
  /** Over time, upright and stacked; else lying, one line each. */
  overTime: boolean;
  /** The beginnings of the periods; empty for lying bars. */
  starts: number[];
  /** The model behind each line; empty where a line is none. */
  models: string[];
}

type Colour = (model: string) => string;

const OVER_TIME = new Set(["tokens", "cost"]);
const SESSIONS_COLOUR = "#3f7fd6";
const FILES_COLOUR = "#2c9a68";

export function barsOf(chart: ChartData, bucket: Bucket, colour: Colour): Bars {
  return OVER_TIME.has(chart.name) ? overTime(chart, bucket, colour) : lying(chart, colour);
}

/** Whether there is anything to draw; a cost that nobody knows is no bar. */
export function isBlank(bars: Bars): boolean {
  return bars.series.every(({ values }) => values.every((value) => value === null));
}

/** One sentence that says what the picture shows, for those who do not see it. */
export function spoken(chart: ChartData, bars: Bars): string {
  if (bars.overTime) {
    const names = bars.series.map(({ label }) => label).join(", ");
    const [first = "", last = ""] = [bars.labels.at(0), bars.labels.at(-1)];
    return trans.__("%1, %2 to %3, stacked by model: %4.", chart.title, first, last, names);
  }
  const first = bars.series[0];
  const lines = bars.labels.slice(0, 3).map((label, index) => `${label} ${first?.said[index] ?? ""}`);
  const said = lines.join("; ");
  return bars.labels.length > 3
    ? trans.__("%1: %2; and more.", chart.title, said)
    : trans.__("%1: %2.", chart.title, said);
}

function overTime(chart: ChartData, bucket: Bucket, colour: Colour): Bars {
  const isCost = chart.name === "cost";
  const starts = buckets(
    chart.rows.map(([period]) => Date.parse(String(period))),
    bucket,
  );
  const place = new Map(starts.map((start, index) => [start, index]));
  const series = new Map<string, Series>();
  for (const [period, model, first, second] of chart.rows) {
    const index = place.get(Date.parse(String(period)));
    if (index === undefined || typeof model !== "string") continue;
    let one = series.get(model);
    if (one === undefined) {
      one = {
        label: model,
        colours: starts.map(() => colour(model)),
        values: starts.map(() => null),
        said: starts.map(() => ""),
      };
      series.set(model, one);
    }
    one.values[index] = isCost ? numeric(first) : (numeric(first) ?? 0) + (numeric(second) ?? 0);
    one.said[index] = isCost
      ? paid(first ?? null, numeric(second) ?? 0)
      : trans.__(
          "%1 in, %2 out",
          short(numeric(first) ?? 0, "tokens"),
          short(numeric(second) ?? 0, "tokens"),
        );
  }
  const labels = starts.map((start) => periodLabel(start, bucket));
  const kind = isCost ? "usd" : "tokens";
  return { labels, series: [...series.values()], kind, overTime: true, starts, models: [] };
}

function lying(chart: ChartData, colour: Colour): Bars {
  const labels = chart.rows.map(([label]) => String(label));
  const named = (name: string) => chart.columns.findIndex((column) => column.name === name);
  const column = (name: string) => chart.rows.map((row) => numeric(row[named(name)]));
  const say = (values: (number | null)[], kind: CellKind) => values.map((value) => shown(value, kind));
  const solid = (one: string) => labels.map(() => one);
  const base = { labels, overTime: false, starts: [], models: [] };
  if (chart.name === "sessions") {
    const tokens = column("tokens");
    const cost = column("cost_usd");
    const unknown = column("unknown_cost");
    const said = say(tokens, "tokens").map((count, index) =>
      trans.__("%1 tokens, %2", count, paid(cost[index] ?? null, unknown[index] ?? 0)),
    );
    const series = [{ label: trans.__("Tokens"), colours: solid(SESSIONS_COLOUR), values: tokens, said }];
    return { ...base, series, kind: "tokens" };
  }
  if (chart.name === "files") {
    const calls = column("calls");
    const said = calls.map((count) => trans._n("%1 call", "%1 calls", count ?? 0));
    return {
      ...base,
      series: [{ label: trans.__("Calls"), colours: solid(FILES_COLOUR), values: calls, said }],
      kind: "count",
    };
  }
  const colours = labels.map(colour);
  if (chart.name === "speed") {
    const rate = column("tokens_per_second");
    const said = say(rate, "rate").map((each) => trans.__("%1 tokens a second", each));
    return {
      ...base,
      models: labels,
      series: [{ label: trans.__("Median"), colours, values: rate, said }],
      kind: "rate",
    };
  }
  const median = column("median_ms");
  const most = column("p95_ms");
  const series = [
    { label: trans.__("Median"), colours, values: median, said: say(median, "ms") },
    { label: trans.__("95th percentile"), colours: colours.map(pale), values: most, said: say(most, "ms") },
  ];
  return { ...base, models: labels, series, kind: "ms" };
}

function numeric(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
