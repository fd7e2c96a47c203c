import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CommandIDs } from "../../src/lab/commandIds.js";
import { DEFAULTS, read } from "../../src/lab/settings.js";

const schema = JSON.parse(readFileSync("schema/plugin.json", "utf8"));

test("the defaults of the schema are the defaults here", () => {
  const properties = Object.entries(schema.properties as Record<string, { default: unknown }>);
  expect(read(Object.fromEntries(properties.map(([name, { default: value }]) => [name, value])))).toEqual(
    DEFAULTS,
  );
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(DEFAULTS).sort());
});

test("every setting has a title and says what it is for", () => {
  for (const setting of Object.values(schema.properties)) {
    expect(setting).toMatchObject({ title: expect.any(String), description: expect.any(String) });
  }
});

test("what is no value of a setting is its default", () => {
  expect(read({ sendKey: "tab", position: 3, theme: "pink", askAtOnce: "yes", defaultModel: null })).toEqual(
    DEFAULTS,
  );
  expect(read({ sendKey: "shift-enter" }).sendKey).toBe("shift-enter");
});

test("menus, toolbars and shortcuts name commands that exist", () => {
  const named = JSON.stringify(schema).match(/"squid:[\w-]+"/g) ?? [];
  const known: string[] = Object.values(CommandIDs);
  expect(named.map((id) => JSON.parse(id)).filter((id) => !known.includes(id))).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});
