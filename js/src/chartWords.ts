/** Titles, notes and columns of the charts: the kernel writes them in English (`squid_nb/charts.py`). */

import type { ChartData } from "./dashboardWire.js";
import { trans } from "./words.js";

export function inWords(chart: ChartData): ChartData {
  const words = known();
  const say = (text: string) => words[text] ?? text;
  const columns = chart.columns.map((column) => ({ ...column, label: say(column.label) }));
  return { ...chart, title: say(chart.title), note: say(chart.note), columns };
}

const known = (): Record<string, string> => ({
  "Tokens over time": trans.__("Tokens over time"),
  "Tokens read and written, by model": trans.__("Tokens read and written, by model"),
  Period: trans.__("Period"),
  Model: trans.__("Model"),
  "Tokens in": trans.__("Tokens in"),
  "Tokens out": trans.__("Tokens out"),
  "Cost over time": trans.__("Cost over time"),
  "US dollars, by model": trans.__("US dollars, by model"),
  Cost: trans.__("Cost"),
  "Calls of unknown cost": trans.__("Calls of unknown cost"),
  "Heaviest sessions": trans.__("Heaviest sessions"),
  "Those that used most tokens": trans.__("Those that used most tokens"),
  Session: trans.__("Session"),
  Tokens: trans.__("Tokens"),
  Calls: trans.__("Calls"),
  Id: trans.__("Id"),
  "Files and variables": trans.__("Files and variables"),
  "What was attached, by how many calls carried it": trans.__(
    "What was attached, by how many calls carried it",
  ),
  Name: trans.__("Name"),
  Kind: trans.__("Kind"),
  Size: trans.__("Size"),
  "Sent to": trans.__("Sent to"),
  "Time to first token": trans.__("Time to first token"),
  "The median, and in pale what 95 of 100 calls stay below": trans.__(
    "The median, and in pale what 95 of 100 calls stay below",
  ),
  Median: trans.__("Median"),
  "95th percentile": trans.__("95th percentile"),
  Speed: trans.__("Speed"),
  "Tokens a second after the first one, median": trans.__("Tokens a second after the first one, median"),
  "Tokens a second": trans.__("Tokens a second"),
});
