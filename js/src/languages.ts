/** Which language a file is written in, told by its name. */

const BY_ENDING: Record<string, string> = {
  py: "python",
  ipynb: "python",
  js: "javascript",
  mjs: "javascript",
  jsx: "javascript",
  ts: "typescript",
  tsx: "typescript",
  md: "markdown",
  yml: "yaml",
  yaml: "yaml",
  toml: "ini",
  cfg: "ini",
  ini: "ini",
  sh: "bash",
  html: "xml",
  svg: "xml",
  xml: "xml",
  tex: "latex",
  jl: "julia",
  rs: "rust",
  h: "c",
  hpp: "cpp",
  cc: "cpp",
  patch: "diff",
};

/** A name that `highlight` may know; empty for text without colours. */
export function languageOf(name: string, mimeType: string): string {
  if (/^dockerfile$/i.test(name)) return "dockerfile";
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase();
  if (ending !== undefined) return BY_ENDING[ending] ?? ending;
  return /python/.test(mimeType) ? "python" : "";
}
