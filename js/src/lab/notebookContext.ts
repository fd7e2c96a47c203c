/** What an `@name` can mean here: a part of the notebook, a variable of its kernel, a file beside it. */

import { PathExt } from "@jupyterlab/coreutils";
import type { Contents, Kernel } from "@jupyterlab/services";
import type { Attachment } from "../transport.js";
import type { Completion, Limits, Match } from "../wire.js";
import { trans } from "../words.js";
import { KernelNames } from "./kernelNames.js";
import { NotebookFiles } from "./notebookFiles.js";
import { attachment, type Notebooks } from "./notebooks.js";

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const TYPED = /(?:^|\s)(@[^\s@]*)$/;
const MOST_MATCHES = 50;

export class NotebookContext {
  readonly #notebooks: Notebooks;
  readonly #names = new KernelNames();
  readonly #files: NotebookFiles;
  limits: Limits = { max_file_size_mb: 10, max_files_per_message: 5 };

  constructor(notebooks: Notebooks, contents: Contents.IManager) {
    this.#notebooks = notebooks;
    this.#files = new NotebookFiles(contents);
  }

  /** Calls when names may mean something else than before. */
  onChange(call: () => void): void {
    this.#notebooks.onChange(call);
  }

  get #parts(): Record<string, { from: () => Attachment | null; type: string }> {
    const notebooks = this.#notebooks;
    return {
      "@cell": { from: () => notebooks.cell(), type: trans.__("the cell") },
      "@selection": { from: () => notebooks.selection(), type: trans.__("what is marked") },
      "@output": { from: () => notebooks.output(), type: trans.__("the cell's output") },
      "@error": { from: () => notebooks.error(), type: trans.__("the last error") },
    };
  }

  /** The path of the notebook that was used last; null when none is open. */
  get notebook(): string | null {
    return this.#notebooks.current?.context.localPath ?? null;
  }

  /** The folder that it is in. */
  get #folder(): string {
    return PathExt.dirname(this.notebook ?? "");
  }

  get #kernel(): Kernel.IKernelConnection | null {
    return this.#notebooks.current?.sessionContext.session?.kernel ?? null;
  }

  isFile(name: string): boolean {
    return !(name in this.#parts) && !IDENTIFIER.test(name.slice(1));
  }

  async resolve(name: string): Promise<Attachment | null> {
    const part = this.#parts[name];
    if (part !== undefined) return part.from();
    const plain = name.slice(1);
    if (!this.isFile(name)) {
      const described = this.#kernel && (await this.#names.describe(this.#kernel, plain));
      return described && attachment({ name: plain, kind: "variable", mention: name, ...described });
    }
    const text = await this.#files.read(this.#folder, plain, this.limits.max_file_size_mb);
    return text === null ? null : whole(PathExt.basename(plain), text, name);
  }

  /** Null where the cursor is not behind an `@`. */
  async complete(text: string, cursor: number): Promise<Completion | null> {
    const typed = TYPED.exec(text.slice(0, cursor))?.[1];
    if (typed === undefined) return null;
    const plain = typed.slice(1);
    const kernel = this.#kernel;
    const [names, files] = await Promise.all([
      kernel === null || (plain !== "" && !IDENTIFIER.test(plain)) ? [] : this.#names.complete(kernel, plain),
      this.#files.complete(this.#folder, plain),
    ]);
    const matches = [...this.#matchingParts(typed), ...names, ...files].slice(0, MOST_MATCHES);
    return { start: cursor - typed.length, end: cursor, matches };
  }

  /** Those that are there. */
  #matchingParts(typed: string): Match[] {
    return Object.entries(this.#parts)
      .filter(([name, { from }]) => name.startsWith(typed.toLowerCase()) && from() !== null)
      .map(([name, { type }]) => ({ text: name, label: name.slice(1), type }));
  }
}

/** A file is sent as it is; what of it the model reads is decided where it is stored. */
function whole(name: string, text: string, mention: string): Attachment {
  const data = new TextEncoder().encode(text).buffer as ArrayBuffer;
  return { name, mime_type: "text/plain", data, mention };
}
