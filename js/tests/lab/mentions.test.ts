import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Draft } from "../../src/draft.js";
import { Mentions, mentioned } from "../../src/lab/mentions.js";
import type { NotebookContext } from "../../src/lab/notebookContext.js";
import type { Attachment } from "../../src/transport.js";

const KNOWN = ["@cell", "@frame", "@notes.md", "@b.csv", "@c.csv"];

function chip(mention: string): Attachment {
  const kind = mention.includes(".") ? "file" : "variable";
  return { name: mention.slice(1), mime_type: "text/plain", data: new ArrayBuffer(1), mention, kind };
}

let changed = () => {};
const asked: string[] = [];
const context = {
  limits: { max_file_size_mb: 1, max_files_per_message: 2 },
  resolve: async (name: string) => {
    asked.push(name);
    // Not in the order of asking.
    for (let turns = 10 - asked.length; turns > 0; turns--) await Promise.resolve();
    return KNOWN.includes(name) ? chip(name) : null;
  },
  isFile: (name: string) => name.includes("."),
  onChange: (call: () => void) => {
    changed = call;
  },
} as unknown as NotebookContext;

let lifetime: AbortController;
let draft: Draft;
const names = () => draft.attachments.value.map(({ name }) => name);
const soon = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  asked.length = 0;
  lifetime = new AbortController();
  draft = new Draft();
  new Mentions(draft, context, lifetime.signal);
});
afterEach(() => lifetime.abort());

describe("names in a text", () => {
  test.each([
    ["Explain @cell and @frame, please", ["@cell", "@frame"]],
    ["@cell", ["@cell"]],
    ["mail ada@example.org", []],
    ["@ alone", []],
    ["(@frame)? no; @frame. yes", ["@frame"]],
    ["@data/table.csv!", ["@data/table.csv"]],
  ])("%s", (text, found) => {
    expect(mentioned(text, { finished: false })).toEqual(found);
  });

  test("the one that is being typed is not looked for yet", () => {
    expect(mentioned("@cell and @fra", { finished: true })).toEqual(["@cell"]);
  });
});

describe("chips", () => {
  test("come with the name and go with it", async () => {
    draft.text.value = "Look at @cell now";
    await soon();
    expect(names()).toEqual(["cell"]);
    draft.text.value = "Look at @ce now";
    expect(names()).toEqual([]);
  });

  test("once removed they stay away while the name stays", async () => {
    draft.text.value = "Look at @cell now";
    await soon();
    draft.attachments.value = [];
    draft.text.value = "Look at @cell now, or later";
    await soon();
    await draft.settle();
    expect(names()).toEqual([]);
  });

  test("settling waits for the last name; files lose their @, so that nobody reads them again", async () => {
    draft.text.value = "Compare @frame with @notes.md";
    await draft.settle();
    expect(names()).toEqual(["frame", "notes.md"]);
    expect(draft.text.value).toBe("Compare @frame with notes.md");
  });

  test("come in the order of their names, however long each takes", async () => {
    draft.text.value = "@frame @cell @notes.md ";
    await draft.settle();
    expect(names()).toEqual(["frame", "cell", "notes.md"]);
  });

  test("what means nothing is asked for again, since it may come to exist", async () => {
    draft.text.value = "@later ";
    await soon();
    draft.text.value = "@later on ";
    await soon();
    expect(asked).toEqual(["@later", "@later"]);
    expect(names()).toEqual([]);
  });

  test("files over the limit are refused with a reason, and are not read on the other side either", async () => {
    const reasons: string[] = [];
    draft.refuse = (reason) => reasons.push(reason);
    draft.attachments.value = [{ name: "own.txt", mime_type: "text/plain", data: new ArrayBuffer(1) }];
    draft.text.value = "@cell @notes.md @b.csv @c.csv @frame ";
    await draft.settle();
    expect(names()).toEqual(["own.txt", "cell", "notes.md", "frame"]);
    expect(reasons).toEqual([
      "A message takes up to 2 files. Left out: “b.csv”.",
      "A message takes up to 2 files. Left out: “c.csv”.",
    ]);
    expect(draft.text.value).toBe("@cell notes.md b.csv c.csv @frame ");
  });

  test("own attachments stay when names go", async () => {
    draft.attachments.value = [{ name: "own.txt", mime_type: "text/plain", data: new ArrayBuffer(1) }];
    draft.text.value = "@cell ";
    await soon();
    expect(names()).toEqual(["own.txt", "cell"]);
    draft.text.value = "";
    expect(names()).toEqual(["own.txt"]);
  });

  test("a name that comes to mean something becomes a chip when another cell is meant", async () => {
    draft.text.value = "What is @later here?";
    await soon();
    expect(names()).toEqual([]);
    KNOWN.push("@later");
    changed();
    await soon();
    KNOWN.pop();
    expect(names()).toEqual(["later"]);
  });
});
