import { describe, expect, it } from "vitest";
import { cut, dollars, short, shown } from "../src/cells.js";
import { barsOf, isBlank, spoken } from "../src/chartRows.js";
import { DashboardState } from "../src/dashboardState.js";
import type { ChartData, DashboardData, Filters } from "../src/dashboardWire.js";
import { buckets, dayOf, endOfDay, following, lastDayBefore, sinceDays, startOfDay } from "../src/periods.js";
import { type Push, TransportError } from "../src/transport.js";

const COLUMNS: Record<string, [string, string][]> = {
  tokens: [
    ["period", "time"],
    ["model", "text"],
    ["input_tokens", "tokens"],
    ["output_tokens", "tokens"],
  ],
  cost: [
    ["period", "time"],
    ["model", "text"],
    ["cost_usd", "usd"],
    ["unknown_cost", "count"],
  ],
  first_token: [
    ["model", "text"],
    ["median_ms", "ms"],
    ["p95_ms", "ms"],
    ["calls", "count"],
  ],
};

function chart(name: string, rows: ChartData["rows"]): ChartData {
  const columns = (COLUMNS[name] ?? []).map(([column, kind]) => ({ name: column, label: column, kind }));
  return { name, title: name, note: "", columns, rows, sql: "", python: "" } as ChartData;
}

const colour = (model: string) => `#${model}`;

describe("bars", () => {
  it("stack by model and leave room for days without a call", () => {
    const rows = [
      ["2026-03-01T00:00:00+00:00", "a", 10, 5],
      ["2026-03-03T00:00:00+00:00", "a", 1, null],
      ["2026-03-03T00:00:00+00:00", "b", 2, 2],
    ];
    const bars = barsOf(chart("tokens", rows), "day", colour);
    expect(bars.labels).toHaveLength(3);
    expect(bars.series.map(({ label, values }) => [label, values])).toEqual([
      ["a", [15, null, 1]],
      ["b", [null, null, 4]],
    ]);
    expect(bars.series[0]?.said[0]).toBe("10 in, 5 out");
    expect(spoken(chart("tokens", rows), bars)).toContain("stacked by model: a, b");
  });

  it("never draw an unknown cost as zero", () => {
    const bars = barsOf(chart("cost", [["2026-03-01T00:00:00+00:00", "a", null, 3]]), "day", colour);
    expect(bars.series[0]?.values).toEqual([null]);
    expect(isBlank(bars)).toBe(true);
  });

  it("lie beside each other for the two latencies, and say them in words", () => {
    const data = chart("first_token", [["a", 250, 1500, 9]]);
    const bars = barsOf(data, "day", colour);
    expect(bars.series.map(({ values }) => values)).toEqual([[250], [1500]]);
    expect(bars.models).toEqual(["a"]);
    expect(spoken(data, bars)).toBe("first_token: a 250 ms.");
  });
});

describe("periods", () => {
  it("follow each other over the ends of months and years", () => {
    expect(following(Date.UTC(2026, 11, 1), "month")).toBe(Date.UTC(2027, 0, 1));
    expect(buckets([Date.UTC(2026, 0, 1), Date.UTC(2026, 3, 1)], "month")).toHaveLength(4);
    expect(buckets([Date.UTC(2026, 1, 27), Date.UTC(2026, 2, 2)], "day")).toHaveLength(4);
    expect(buckets([], "hour")).toEqual([]);
  });

  it("show the last day of a period that ends before midnight", () => {
    expect(lastDayBefore(endOfDay("2026-02-28"))).toBe("2026-02-28");
    expect(dayOf(startOfDay("2026-02-28"))).toBe("2026-02-28");
    expect(endOfDay("")).toBeNull();
    expect(sinceDays(1, Date.UTC(2026, 4, 5, 13))).toBe("2026-05-05T00:00:00.000Z");
  });
});

describe("cells", () => {
  it("tell missing from zero", () => {
    expect(shown(null, "usd")).toBe("–");
    expect(shown(0, "usd")).toBe("$0");
    expect(dollars(0.00001)).toBe("< $0.0001");
    expect(dollars(1234.5)).toContain("1,234.50");
    expect(short(2_500_000, "tokens")).toBe("2.5M");
    expect(short(0, "rate")).toBe("0");
    expect(shown(["a", "b"], "list")).toBe("a, b");
    expect(cut("abcdef", 4)).toBe("abc…");
  });
});

describe("state", () => {
  it("shows the answer to the latest filters, whichever comes last", async () => {
    const waiting: { filters: Filters; resolve(data: DashboardData): void }[] = [];
    const state = new DashboardState(fake((filters, resolve) => waiting.push({ filters, resolve })));
    void state.load();
    state.toggleModel("a");
    const [first, second] = waiting;
    second?.resolve({ bucket: "day", charts: [] as ChartData[] } as DashboardData);
    await settled();
    first?.resolve({ bucket: "hour", charts: [] as ChartData[] } as DashboardData);
    await settled();
    expect(second?.filters.models).toEqual(["a"]);
    expect(state.data.value?.bucket).toBe("day");
    expect(state.loading.value).toBe(false);
  });

  it("keeps what is shown when the kernel refuses, and says why", async () => {
    let fail = false;
    const state = new DashboardState(
      fake((_, resolve, reject) => {
        if (fail) reject(new TransportError({ message: "Busy.", hint: "Wait." }));
        else resolve({ bucket: "week", charts: [] as ChartData[] } as DashboardData);
      }),
    );
    await state.load();
    fail = true;
    await state.load();
    expect(state.error.value).toEqual({ message: "Busy.", hint: "Wait." });
    expect(state.data.value?.bucket).toBe("week");
    fail = false;
    await state.load();
    expect(state.error.value).toBeNull();
  });

  it("gives a model one colour for good", () => {
    const state = new DashboardState(fake(() => undefined));
    const first = state.colour("a");
    expect(state.colour("b")).not.toBe(first);
    expect(state.colour("a")).toBe(first);
  });

  it("toggles models and clears everything", () => {
    const state = new DashboardState(fake(() => undefined));
    state.toggleModel("a");
    state.toggleModel("b");
    state.toggleModel("a");
    expect(state.filters.value.models).toEqual(["b"]);
    expect(state.narrowed.value).toBe(true);
    state.clear();
    expect(state.narrowed.value).toBe(false);
  });
});

type Answer = (
  filters: Filters,
  resolve: (data: DashboardData) => void,
  reject: (error: unknown) => void,
) => void;

function fake(answer: Answer) {
  return {
    call: (_: string, filters: Filters) =>
      new Promise<DashboardData>((resolve, reject) => answer(filters, resolve, reject)),
    subscribe: (_: (push: Push) => void) => () => undefined,
  } as never;
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}
