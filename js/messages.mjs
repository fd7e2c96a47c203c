// Collects what is translated into locale/squid_nb.pot (`npm run messages`; the build does it too). The calls it
// looks for are those of jupyterlab-translate, and so are the contexts of the settings' schema.

import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { GettextExtractor, JsExtractors } from "gettext-extractor";

const SCHEMA = "schema/plugin.json";
const TARGET = "locale/squid_nb.pot";

/** Which strings of a schema JupyterLab translates, under which context (`jupyterlab_server.translation_utils`). */
const SELECTORS = [
  [/^\/properties\/.*\/(?:title|description)$/, "settings"],
  [/^\/(?:title|description)$/, "schema"],
  [/^\/jupyter\.lab\.setting-icon-label$/, "settings"],
  [/^\/jupyter\.lab\.menus\/.*\/label$/, "menu"],
  [/^\/jupyter\.lab\.toolbars\/.*\/label$/, "toolbar"],
];

/** @returns {GettextExtractor} */
export function collected() {
  const extractor = new GettextExtractor();
  const arguments_ = {
    "trans.__": { text: 0 },
    "trans._n": { text: 0, textPlural: 1 },
    "trans._p": { context: 0, text: 1 },
  };
  const calls = Object.entries(arguments_).map(([name, places]) =>
    JsExtractors.callExpression(name, { arguments: places }),
  );
  extractor.createJsParser(calls).parseFilesGlob("src/**/*.@(ts|tsx)");
  for (const [context, text] of ofSchema(JSON.parse(readFileSync(SCHEMA, "utf8")))) {
    extractor.addMessage({ text, context, references: [SCHEMA], comments: [] });
  }
  return extractor;
}

export function write() {
  const extractor = collected();
  mkdirSync("locale", { recursive: true });
  extractor.savePotFile(TARGET, {
    "Project-Id-Version": "squid_nb",
    "MIME-Version": "1.0",
    "Content-Transfer-Encoding": "8bit",
  });
  const { numberOfMessages } = extractor.getStats();
  console.log(`${TARGET}: ${numberOfMessages} messages`);
}

/** @returns {Generator<[string, string]>} context and text of everything that is translated in a schema. */
function* ofSchema(schema, path = "") {
  for (const [key, value] of Object.entries(schema)) {
    const here = `${path}/${key}`;
    if (typeof value === "object" && value !== null) yield* ofSchema(value, here);
    const context = SELECTORS.find(([pattern]) => pattern.test(here))?.[1];
    if (typeof value === "string" && value !== "" && context !== undefined) yield [context, value];
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
