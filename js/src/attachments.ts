/** Files on their way into a question: read, checked against the limits, refused with one sentence. */

import { size } from "./format.js";
import { newId } from "./ids.js";
import { isPicture } from "./pictures.js";
import type { Attachment } from "./transport.js";
import type { Limits, Source } from "./wire.js";
import { trans } from "./words.js";

const NOT_TEXT = /^(?:image|audio|video|font)\//;
const PROBE_BYTES = 8192;
const MEGABYTE = 1024 * 1024;

export interface Accepted {
  attachments: Attachment[];
  /** What was refused and why; empty when everything fits. */
  refusals: string[];
}

/** `present` is how many files the message has already. */
export async function readFiles(files: Iterable<File>, present: number, limits: Limits): Promise<Accepted> {
  const attachments: Attachment[] = [];
  const refusals: string[] = [];
  const left: string[] = [];
  for (const file of files) {
    if (present + attachments.length >= limits.max_files_per_message) {
      left.push(file.name);
      continue;
    }
    const refusal = tooLarge(file, limits) ?? (await notText(file));
    if (refusal !== null) refusals.push(refusal);
    else attachments.push(await read(file));
  }
  if (left.length > 0) refusals.push(tooMany(left, limits));
  return { attachments, refusals };
}

/** What counts against the limit of a message: parts of notebooks and variables do not. */
export function filesIn(attachments: readonly Attachment[]): number {
  return attachments.filter(({ kind = "file" }) => kind === "file").length;
}

export function tooMany(names: readonly string[], { max_files_per_message }: Limits): string {
  return trans._n(
    "A message takes up to %1 file. Left out: %2.",
    "A message takes up to %1 files. Left out: %2.",
    max_files_per_message,
    names.map((name) => `“${name}”`).join(", "),
  );
}

function tooLarge(file: File, { max_file_size_mb }: Limits): string | null {
  if (file.size <= max_file_size_mb * MEGABYTE) return null;
  return trans.__("“%1” has %2; files may have up to %3 MB.", file.name, size(file.size), max_file_size_mb);
}

async function notText(file: File): Promise<string | null> {
  const sentence = trans.__(
    "“%1” is neither text nor a picture. Attach text, code, CSV, notebooks or pictures.",
    file.name,
  );
  if (isPicture(file.type)) return null;
  if (NOT_TEXT.test(file.type) && file.type !== "image/svg+xml") return sentence;
  try {
    const head = new Uint8Array(await file.slice(0, PROBE_BYTES).arrayBuffer());
    return head.includes(0) ? sentence : null;
  } catch {
    return trans.__("“%1” cannot be read. A folder cannot be attached; choose its files.", file.name);
  }
}

async function read(file: File): Promise<Attachment> {
  const data = await file.arrayBuffer();
  return { name: file.name || "pasted.txt", mime_type: file.type || "text/plain", data };
}

/** How an attachment is shown before the kernel has stored it. */
export function pendingSource({ name, mime_type, data, kind = "file", detail = {} }: Attachment): Source {
  const blank = { id: newId(), session_id: "", message_id: "", sha256: "", text: null };
  return {
    ...blank,
    kind,
    detail,
    name,
    mime_type,
    size_bytes: data.byteLength,
    created_at: new Date().toISOString(),
  };
}
