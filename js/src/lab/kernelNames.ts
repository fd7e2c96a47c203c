/**
 * The variables of a notebook's kernel: their names for completion, and what one of them holds.
 *
 * Expressions are evaluated silently and assign nothing. Where the kernel has subshells they are used, so that this
 * works while a cell runs; a kernel that does not answer in time has nothing to say.
 */

import type { Kernel } from "@jupyterlab/services";
import type { Match } from "../wire.js";

const PATIENCE_MS = 1500;
const MOST_NAMES = 2000;

const NAMES = `__import__("IPython.display", fromlist=["JSON"]).JSON({n: type(v).__name__ for n, v in list(globals().items())[-${MOST_NAMES}:] if not n.startswith("_") and n not in ("In", "Out", "exit", "quit", "get_ipython") and type(v).__name__ != "module"})`;
const described = (name: string) =>
  `(lambda source: __import__("IPython.display", fromlist=["JSON"]).JSON({"text": source.text, "detail": source.detail}))(__import__("squid_nb.attach", fromlist=["from_value"]).from_value("${name}", ${name}))`;

/** What a variable holds, in words, and facts about it. */
export interface Described {
  text: string;
  detail: Record<string, unknown>;
}

export class KernelNames {
  readonly #shells = new WeakMap<Kernel.IKernelConnection, Promise<Kernel.IKernelConnection>>();

  async complete(kernel: Kernel.IKernelConnection, prefix: string): Promise<Match[]> {
    const found = await this.#evaluate(kernel, { names: NAMES });
    const names = (found?.names?.["application/json"] ?? {}) as Record<string, string>;
    return Object.entries(names)
      .filter(([name]) => name.toLowerCase().startsWith(prefix.toLowerCase()))
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, type]) => ({ text: `@${name}`, label: name, type }));
  }

  /** As squid_nb describes it where the kernel has it, else as the kernel shows it; null for what does not exist. */
  async describe(kernel: Kernel.IKernelConnection, name: string): Promise<Described | null> {
    const found = await this.#evaluate(kernel, { described: described(name), plain: name });
    const json = found?.described?.["application/json"] as Partial<Described> | undefined;
    const text = json?.text ?? found?.plain?.["text/plain"];
    return typeof text === "string" ? { text, detail: json?.detail ?? {} } : null;
  }

  async #evaluate(
    kernel: Kernel.IKernelConnection,
    user_expressions: Record<string, string>,
  ): Promise<Record<string, Record<string, unknown>> | null> {
    return within(PATIENCE_MS, async () => {
      if ((await kernel.info).language_info.name !== "python") return null;
      const shell = await this.#shell(kernel);
      const future = shell.requestExecute({ code: "", silent: true, store_history: false, user_expressions });
      const { content } = await future.done;
      if (content.status !== "ok") return null;
      const results = Object.entries(content.user_expressions ?? {});
      return Object.fromEntries(results.map(([name, result]) => [name, dataOf(result)]));
    });
  }

  /** A connection to a subshell of this kernel, made once; the kernel itself where it has none. */
  #shell(kernel: Kernel.IKernelConnection): Promise<Kernel.IKernelConnection> {
    if (!kernel.supportsSubshells) return Promise.resolve(kernel);
    let shell = this.#shells.get(kernel);
    if (shell === undefined) {
      shell = this.#openShell(kernel);
      this.#shells.set(kernel, shell);
    }
    return shell;
  }

  async #openShell(kernel: Kernel.IKernelConnection): Promise<Kernel.IKernelConnection> {
    const { content } = await kernel.requestCreateSubshell({}).done;
    if (!content.subshell_id) return kernel;
    const shell = kernel.clone();
    shell.subshellId = content.subshell_id;
    // A restarted kernel has lost its subshells.
    kernel.statusChanged.connect((_, status) => {
      if (status !== "restarting" && status !== "autorestarting" && status !== "dead") return;
      this.#shells.delete(kernel);
      shell.dispose();
    });
    kernel.disposed.connect(() => shell.dispose());
    return shell;
  }
}

function dataOf(result: unknown): Record<string, unknown> {
  const { data } = (result ?? {}) as { data?: Record<string, unknown> };
  return data ?? {};
}

/** Null when it takes longer, or fails. */
async function within<T>(milliseconds: number, work: () => Promise<T | null>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), milliseconds));
  try {
    return await Promise.race([work(), late]);
  } catch {
    return null;
  }
}
