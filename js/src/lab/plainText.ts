/** A notebook's output as text, as a model should read it: no colours, no pictures. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals colour with the escape character
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;

export function plainText(output: unknown): string {
  const { output_type, text, data, traceback, ename, evalue } = output as Record<string, unknown>;
  if (output_type === "stream") return joined(text).replace(COLOURS, "");
  if (output_type === "error") {
    const lines = Array.isArray(traceback) ? traceback.join("\n") : "";
    return (lines || `${ename}: ${evalue}`).replace(COLOURS, "");
  }
  const shown = (data ?? {}) as Record<string, unknown>;
  return joined(shown["text/markdown"] ?? shown["text/plain"]);
}

/** Notebooks keep long texts as lists of lines. */
function joined(text: unknown): string {
  if (Array.isArray(text)) return text.join("");
  return typeof text === "string" ? text : "";
}
