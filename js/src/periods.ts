/** Stretches of time on the axis of a chart, in UTC as the history has them. */

import type { Bucket } from "./dashboardWire.js";
import { language } from "./words.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A gap is only filled up to here: beyond, the bars would be thinner than a pixel. */
const MOST = 1500;

/** The beginning of the bucket after the one that begins at `start`. */
export function following(start: number, bucket: Bucket): number {
  if (bucket === "month") {
    const date = new Date(start);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  }
  return start + { hour: HOUR, day: DAY, week: 7 * DAY }[bucket];
}

/** All buckets from the first to the last one, also those without a row. */
export function buckets(starts: number[], bucket: Bucket): number[] {
  if (starts.length === 0) return [];
  const last = Math.max(...starts);
  const filled: number[] = [];
  for (let at = Math.min(...starts); at <= last && filled.length < MOST; at = following(at, bucket)) {
    filled.push(at);
  }
  return filled;
}

const FORMATS: Record<Bucket, Intl.DateTimeFormatOptions> = {
  hour: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  day: { month: "short", day: "numeric" },
  week: { month: "short", day: "numeric", year: "2-digit" },
  month: { month: "short", year: "numeric" },
};

export function periodLabel(start: number, bucket: Bucket): string {
  return new Date(start).toLocaleString(language(), { ...FORMATS[bucket], timeZone: "UTC" });
}

/** The day of a moment as a date field wants it. */
export function dayOf(iso: string | null): string {
  return iso ? new Date(iso).toISOString().slice(0, 10) : "";
}

/** The last day before a moment that is not included. */
export function lastDayBefore(until: string | null): string {
  return until ? new Date(Date.parse(until) - 1).toISOString().slice(0, 10) : "";
}

/** Midnight at the end of a day. */
export function endOfDay(day: string): string | null {
  const start = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(start) ? null : new Date(start + DAY).toISOString();
}

export function startOfDay(day: string): string | null {
  const start = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(start) ? null : new Date(start).toISOString();
}

/** The days up to now, today included. */
export function sinceDays(days: number, now: number): string {
  return new Date(Math.floor(now / DAY) * DAY - (days - 1) * DAY).toISOString();
}
