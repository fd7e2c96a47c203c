// @vitest-environment node
// jsdom's File cannot be read.
import { expect, test } from "vitest";
import { filesIn, pendingSource, readFiles } from "../src/attachments.js";
import type { Attachment } from "../src/transport.js";

const LIMITS = { max_file_size_mb: 1, max_files_per_message: 3 };

function file(name: string, content: string | Uint8Array<ArrayBuffer>, type = ""): File {
  return new File([content], name, { type });
}

test("text of every kind is taken with its bytes", async () => {
  const files = [
    file("a.csv", "a,b\n1,2", "text/csv"),
    file("b.ipynb", '{"cells": []}'),
    file("größe.py", "x = 'ü'"),
  ];
  const { attachments, refusals } = await readFiles(files, 0, LIMITS);
  expect(refusals).toEqual([]);
  expect(attachments.map(({ name, mime_type }) => [name, mime_type])).toEqual([
    ["a.csv", "text/csv"],
    ["b.ipynb", "text/plain"],
    ["größe.py", "text/plain"],
  ]);
  expect(new TextDecoder().decode(attachments[2]?.data)).toBe("x = 'ü'");
});

test("each refusal is one sentence with the reason", async () => {
  const files = [
    file("song.mp3", "not really", "audio/mpeg"),
    file("model.bin", new Uint8Array([71, 71, 0, 1])),
    file("big.csv", "x".repeat(1_500_000), "text/csv"),
  ];
  const { attachments, refusals } = await readFiles(files, 0, LIMITS);
  expect(attachments).toEqual([]);
  expect(refusals).toEqual([
    "“song.mp3” is neither text nor a picture. Attach text, code, CSV, notebooks or pictures.",
    "“model.bin” is neither text nor a picture. Attach text, code, CSV, notebooks or pictures.",
    "“big.csv” has 1.4 MB; files may have up to 1 MB.",
  ]);
});

test("files that are there already count", async () => {
  const { attachments, refusals } = await readFiles(
    [file("a", "a"), file("b", "b"), file("c", "c")],
    2,
    LIMITS,
  );
  expect(attachments.map(({ name }) => name)).toEqual(["a"]);
  expect(refusals).toEqual(["A message takes up to 3 files. Left out: “b”, “c”."]);
});

test("parts of notebooks and variables are no files", () => {
  const part = (more: Partial<Attachment>): Attachment => ({
    name: "x",
    mime_type: "text/plain",
    data: new ArrayBuffer(3),
    ...more,
  });
  const all = [
    part({}),
    part({ kind: "cell", detail: { cell: 2 } }),
    part({ kind: "variable" }),
    part({ kind: "file" }),
  ];
  expect(filesIn(all)).toBe(2);
  expect(all.map((one) => pendingSource(one).kind)).toEqual(["file", "cell", "variable", "file"]);
  expect(pendingSource(part({ kind: "cell", detail: { cell: 2 } }))).toMatchObject({
    detail: { cell: 2 },
    size_bytes: 3,
  });
});
