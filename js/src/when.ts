/** Times as people read them in a list. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `now`, `5 min`, `14:05`, `Tue`, `12 Mar`, `Mar 2024`: as short as it is still clear. */
export function shortWhen(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const age = now.getTime() - at.getTime();
  if (Number.isNaN(age)) return "";
  if (age < MINUTE) return "now";
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (at.toDateString() === now.toDateString())
    return at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  if (age < 6 * DAY) return at.toLocaleDateString(undefined, { weekday: "short" });
  if (at.getFullYear() === now.getFullYear())
    return at.toLocaleDateString(undefined, { day: "numeric", month: "short" });
  return at.toLocaleDateString(undefined, { month: "short", year: "numeric" });
}

/** The whole date and time. */
export function longWhen(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

const NAMES: Record<string, string> = {
  pinned: "Pinned",
  rest: "Others",
  today: "Today",
  yesterday: "Yesterday",
  week: "Previous 7 days",
  month: "Previous 30 days",
};

/** The heading of a group. */
export function groupName(key: string): string {
  const name = NAMES[key];
  if (name !== undefined) return name;
  const [year, month] = key.split("-").map(Number);
  if (year === undefined || month === undefined) return key;
  return new Date(year, month - 1, 1).toLocaleDateString(undefined, { month: "long", year: "numeric" });
}

/** The reader's distance from UTC in minutes, eastwards. */
export function zone(): number {
  return -new Date().getTimezoneOffset();
}
