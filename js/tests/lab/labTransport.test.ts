import { expect, test } from "vitest";
import { LabTransport } from "../../src/lab/labTransport.js";
import type { NotebookContext } from "../../src/lab/notebookContext.js";
import type { AskArgs } from "../../src/transport.js";
import { helloOf, Scripted } from "../scripted.js";

const ASK: AskArgs = { prompt: "Hi", session_id: null, model: null, again: null, attachments: [] };

function begin(notebook: string | null) {
  const context = { notebook, complete: async () => null } as unknown as NotebookContext;
  const inner = new Scripted();
  const versions: string[] = [];
  return {
    context,
    inner,
    versions,
    transport: new LabTransport(inner, context, (one) => versions.push(one)),
  };
}

test("a question names the notebook that is open beside it", () => {
  const { inner, transport } = begin("work/a.ipynb");
  transport.ask(ASK, () => {});
  expect(inner.last().args).toEqual({ ...ASK, notebook: "work/a.ipynb" });
});

test("without a notebook it names none", () => {
  const { inner, transport } = begin(null);
  transport.ask(ASK, () => {});
  expect(inner.last().args).toEqual(ASK);
});

test("what a message may carry is known to mentions too", async () => {
  const { context, inner, transport } = begin(null);
  inner.hello = { ...helloOf([]), limits: { max_file_size_mb: 2, max_files_per_message: 3 } };
  await transport.call("hello", {});
  expect(context.limits).toEqual({ max_file_size_mb: 2, max_files_per_message: 3 });
});

test("the version of the server is told with each hello", async () => {
  const { inner, versions, transport } = begin(null);
  inner.hello = { ...helloOf([]), version: "9.9.9" };
  await transport.call("hello", {});
  expect(versions).toEqual(["9.9.9"]);
});

test("other completions than the notebook's are asked for", async () => {
  const { inner, transport } = begin(null);
  inner.replies.complete = { start: 0, end: 1, matches: [] };
  expect(await transport.call("complete", { text: "/", cursor: 1 })).toEqual({
    start: 0,
    end: 1,
    matches: [],
  });
});
