/** Values of a chart as people read them, in a table, a tooltip or on an axis. Missing is a dash, never zero. */

import type { Cell, CellKind } from "./dashboardWire.js";
import { duration, fixed, money, size, tokens } from "./format.js";
import { number, trans } from "./words.js";

const DASH = "–";

export function shown(value: Cell, kind: CellKind): string {
  if (value === null) return DASH;
  if (Array.isArray(value)) return value.join(", ") || DASH;
  if (typeof value === "string") return kind === "time" ? value.slice(0, 16).replace("T", " ") : value;
  switch (kind) {
    case "usd":
      return dollars(value);
    case "ms":
      return duration(value);
    case "bytes":
      return size(value);
    case "rate":
      return fixed(value, value < 10 ? 1 : 0);
    default:
      return number(value);
  }
}

/** The short form for an axis. */
export function short(value: number, kind: CellKind): string {
  if (kind === "tokens" || kind === "count") {
    return value >= 1_000_000
      ? trans.__("%1M", number(value / 1_000_000, { maximumFractionDigits: 1 }))
      : tokens(value);
  }
  return value === 0 && kind !== "usd" ? "0" : shown(value, kind);
}

/** What was paid, in the words of the answers; `unknown` calls have a price that nobody knows. */
export function paid(usd: Cell, unknown: number): string {
  if (typeof usd !== "number")
    return unknown > 0 ? trans.__("%1 of unknown cost", unknown) : trans.__("free, runs locally");
  return unknown > 0 ? trans.__("%1, %2 of unknown cost", dollars(usd), unknown) : dollars(usd);
}

export function dollars(value: number): string {
  if (value === 0) return money(0, { maximumFractionDigits: 0 });
  if (value >= 1) return money(value);
  if (value < 0.0001) return `< ${money(0.0001, { maximumSignificantDigits: 1 })}`;
  return money(value, { maximumSignificantDigits: 2 });
}

export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text;
}
