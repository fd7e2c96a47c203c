// @vitest-environment node
/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import { collected } from "../messages.mjs";
import { untranslated } from "../untranslated.mjs";

const SOURCES = import.meta.glob<string>("../src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("what people read", () => {
  it("goes through `trans` everywhere", () => {
    const found = Object.entries(SOURCES).flatMap(([name, text]) => untranslated(text, name));
    expect(Object.keys(SOURCES).length).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });

  it.each([
    ["a text", "const A = () => <p>Hello there</p>;"],
    ["an attribute", 'const A = () => <img alt="A squid" />;'],
    ["a choice", 'const A = () => <b title={on ? "Stop" : trans.__("Send")} />;'],
    ["a name for everybody who cannot see", 'const A = () => <b aria-label={"Close" as string} />;'],
    ["a template", `const A = () => <b title={\`Remove \${name}\`} />;`],
    ["a text in braces", 'const A = () => <b>{count === 0 ? "None" : count}</b>;'],
    ["a property", 'const a = () => ({ message: "Gone" });'],
    ["a sentence", 'const a = () => "All is lost.";'],
    ["a sentence with a value", `const a = () => say(\`Deleted \${name}.\`);`],
    ["a signal", 'const a = () => { state.status.value = "done"; };'],
    ["an element", 'const a = () => { label.textContent = "text"; };'],
    ["what cannot be collected", "const a = () => trans.__(name);"],
    ["a plural that cannot be collected", 'const a = () => trans._n("one", many, count);'],
    ["what is asked too early", 'const A = trans.__("Send");'],
  ])("%s is found", (_, code) => expect(untranslated(code, "src/a.tsx")).toHaveLength(1));

  it.each([
    ["translated words", 'const A = () => <b title={trans.__("Close %1", name)}>{trans.__("Close")}</b>;'],
    ["names and signs", `const A = () => <b title={\`\${a}, \${b}\`}>Squid – {count}</b>;`],
    ["classes", 'const A = () => <b class="squid squid-message" role="log" />;'],
    ["what developers read", 'const a = () => console.warn("It was not found.");'],
    ["keys", 'const a = (key: string) => key === "Enter" && "squid-on";'],
  ])("%s are not", (_, code) => expect(untranslated(code, "src/a.tsx")).toEqual([]));
});

describe("the catalogue", () => {
  const messages = collected().getMessages();
  const named = (text: string) => messages.find((message) => message.text === text);

  it("has every text once, with where it is", () => {
    expect(named("Send")?.references.join()).toContain("src/views/Composer.tsx");
    expect(named("Send key")).toMatchObject({ context: "settings", references: ["schema/plugin.json"] });
    expect(named("Open Squid")?.references.join()).toContain("src/lab/commands.ts");
    expect(named("%1 message")?.textPlural).toBe("%1 messages");
    expect(named("Delete")?.context).toBeFalsy();
    expect(messages.filter(({ context }) => context === "key")).toHaveLength(1);
  });

  it("has as many as the sources ask for", () => {
    const asked = Object.values(SOURCES)
      .join("\n")
      .matchAll(/\btrans\.(?:__|_n|_p)\(\s*"((?:[^"\\]|\\.)*)"/g);
    const texts = new Set([...asked].map(([, text]) => JSON.parse(`"${text}"`) as string));
    const collectedTexts = new Set(messages.flatMap(({ text, context }) => [text, context ?? ""]));
    expect([...texts].filter((text) => !collectedTexts.has(text))).toEqual([]);
    expect(texts.size).toBeGreaterThan(250);
  });
});
