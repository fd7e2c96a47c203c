/** Times as people read them in a list. */

import { language, trans } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `now`, `5 min`, `14:05`, `Tue`, `12 Mar`, `Mar 2024`: as short as it is still clear. */
export function shortWhen(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const age = now.getTime() - at.getTime();
  if (Number.isNaN(age)) return "";
  if (age < MINUTE) return trans.__("now");
  if (age < HOUR) return trans.__("%1 min", Math.floor(age / MINUTE));
  if (at.toDateString() === now.toDateString())
    return at.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  if (age < 6 * DAY) return at.toLocaleDateString(language(), { weekday: "short" });
  if (at.getFullYear() === now.getFullYear())
    return at.toLocaleDateString(language(), { day: "numeric", month: "short" });
  return at.toLocaleDateString(language(), { month: "short", year: "numeric" });
}

/** The whole date and time. */
export function longWhen(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return at.toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

const names = (): Record<string, string> => ({
  pinned: trans.__("Pinned"),
  rest: trans.__("Others"),
  today: trans.__("Today"),
  yesterday: trans.__("Yesterday"),
  week: trans.__("Previous 7 days"),
  month: trans.__("Previous 30 days"),
});

/** The heading of a group. */
export function groupName(key: string): string {
  const name = names()[key];
  if (name !== undefined) return name;
  const [year, month] = key.split("-").map(Number);
  if (year === undefined || month === undefined) return key;
  return new Date(year, month - 1, 1).toLocaleDateString(language(), { month: "long", year: "numeric" });
}

/** The reader's distance from UTC in minutes, eastwards. */
export function zone(): number {
  return -new Date().getTimezoneOffset();
}
