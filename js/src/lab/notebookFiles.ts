/** Files beside the notebook, as the server's contents API has them. */

import { PathExt } from "@jupyterlab/coreutils";
import type { Contents } from "@jupyterlab/services";
import type { Match } from "../wire.js";
import { trans } from "../words.js";

const MEGABYTE = 1024 * 1024;

export class NotebookFiles {
  readonly #contents: Contents.IManager;

  constructor(contents: Contents.IManager) {
    this.#contents = contents;
  }

  /** Completes a path that is relative to `folder`. */
  async complete(folder: string, typed: string): Promise<Match[]> {
    const below = typed.slice(0, typed.lastIndexOf("/") + 1);
    const prefix = typed.slice(below.length).toLowerCase();
    const listed = await this.#get(join(folder, below), { content: true });
    if (listed?.type !== "directory") return [];
    const entries = (listed.content as Contents.IModel[]).filter(
      ({ name }) => name.toLowerCase().startsWith(prefix) && (prefix !== "" || !name.startsWith(".")),
    );
    return entries
      .filter(({ name }) => !/\s/.test(name))
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, type }) => {
        const directory = type === "directory";
        const path = `${below}${name}${directory ? "/" : ""}`;
        return { text: `@${path}`, label: path, type: directory ? trans.__("folder") : trans.__("file") };
      });
  }

  /** The text of a file, or null when there is none, when it is too large or no text. */
  async read(folder: string, path: string, limitMb: number): Promise<string | null> {
    const place = join(folder, path);
    const facts = await this.#get(place, { content: false });
    if (facts === null || facts.type === "directory" || (facts.size ?? 0) > limitMb * MEGABYTE) return null;
    const file = await this.#get(place, { content: true, type: "file", format: "text" });
    return typeof file?.content === "string" ? file.content : null;
  }

  async #get(path: string, options: Contents.IFetchOptions): Promise<Contents.IModel | null> {
    try {
      return await this.#contents.get(path, options);
    } catch {
      // There is no such file, or it is no text.
      return null;
    }
  }
}

function join(folder: string, path: string): string {
  return PathExt.normalize(PathExt.join(folder, path)).replace(/^\.$/, "");
}
