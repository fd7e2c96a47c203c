import { expect, test } from "vitest";
import { groupName, longWhen, shortWhen } from "../src/when.js";

const NOW = new Date(2026, 4, 20, 12, 0, 0);
const ago = (milliseconds: number) => new Date(NOW.getTime() - milliseconds).toISOString();
const HOUR = 3_600_000;

test("a time is as short as it is still clear", () => {
  expect(shortWhen(ago(5000), NOW)).toBe("now");
  expect(shortWhen(ago(5 * 60_000), NOW)).toBe("5 min");
  expect(shortWhen(ago(3 * HOUR), NOW)).toMatch(/0?9:00/);
  expect(shortWhen(ago(48 * HOUR), NOW)).toMatch(/^Mon/);
  expect(shortWhen(ago(40 * 24 * HOUR), NOW)).toMatch(/10/);
  expect(shortWhen(ago(400 * 24 * HOUR), NOW)).toMatch(/2025/);
});

test("what is no time is shown as nothing", () => {
  expect([shortWhen("", NOW), longWhen("")]).toEqual(["", ""]);
});

test("groups have names, months theirs", () => {
  expect([groupName("pinned"), groupName("week")]).toEqual(["Pinned", "Previous 7 days"]);
  expect(groupName("2026-03")).toMatch(/March 2026/);
});
