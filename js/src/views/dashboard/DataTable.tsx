import { paid, shown } from "../../cells.js";
import type { Cell, ChartData } from "../../dashboardWire.js";
import { trans } from "../../words.js";

const WORDS = new Set(["text", "time", "list"]);

/** The numbers behind a chart, for those who read better than they look. */
export function DataTable({ chart }: { chart: ChartData }) {
  return (
    <details class="squid-table">
      <summary>{trans.__("Table")}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="squid-table-scroll" aria-label={trans.__("Table: %1", chart.title)} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {chart.columns.map((column) => (
                <th key={column.name} scope="col" class={WORDS.has(column.kind) ? "" : "squid-number"}>
                  {column.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {chart.rows.map((row) => (
              <tr key={row.join("\u0000")}>
                {chart.columns.map((column, place) => (
                  <td key={column.name} class={WORDS.has(column.kind) ? "" : "squid-number"}>
                    {column.kind === "usd" ? cost(chart, row) : shown(row[place] ?? null, column.kind)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

/** The calls of unknown cost have a column of their own, so here only a cost that is missing is in words. */
function cost(chart: ChartData, row: Cell[]): string {
  const named = (name: string) => row[chart.columns.findIndex((column) => column.name === name)] ?? null;
  const usd = named("cost_usd");
  const unknown = named("unknown_cost");
  if (usd !== null) return paid(usd, 0);
  return unknown === 0 ? paid(null, 0) : trans.__("unknown");
}
