// Bundles the views: for anywidget one ES module and one stylesheet, for JupyterLab a prebuilt extension.
// `--dev` serves the harness in dev/ instead.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { write as writeMessages } from "./messages.mjs";

const dev = process.argv.includes("--dev");
const harness = dev || process.argv.includes("--harness");

/** @type {esbuild.BuildOptions} */
const shared = {
  bundle: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  minify: !dev,
  sourcemap: dev ? "inline" : false,
  legalComments: "linked",
  logLevel: "warning",
};

if (harness) await buildHarness();
else {
  await buildWidgets();
  await buildLabExtension();
  writeMessages();
}

async function buildHarness() {
  const options = {
    ...shared,
    entryPoints: { harness: "dev/harness.tsx" },
    outdir: "dev/dist",
    legalComments: /** @type {const} */ ("none"),
  };
  if (dev) {
    const context = await esbuild.context(options);
    await context.watch();
    const { port } = await context.serve({ servedir: "dev" });
    console.log(`Harness: http://localhost:${port}/`);
  } else {
    await esbuild.build(options);
  }
}

async function buildWidgets() {
  const outdir = "../squid_nb/static";
  const entryPoints = { chat: "src/widget.ts", sessions: "src/sessions.ts", dashboard: "src/dashboard.ts" };
  await esbuild.build({ ...shared, entryPoints, outdir });
  const names = Object.keys(entryPoints).flatMap((name) => [`${name}.js`, `${name}.css`]);
  report(outdir, names);
}

/** Everything but what JupyterLab shares becomes one module; the builder wraps it as a federated extension. */
async function buildLabExtension() {
  await esbuild.build({
    ...shared,
    entryPoints: { lab: "src/lab/index.ts" },
    outdir: "lib",
    external: ["@jupyterlab/*", "@lumino/*"],
    // The builder minifies.
    minify: false,
  });
  writeFileSync("lib/style.js", existsSync("lib/lab.css") ? 'import "./lab.css";\n' : "");
  const require = createRequire(import.meta.url);
  const builder = require.resolve("@jupyter/builder/lib/build-labextension.js");
  const core = require.resolve("@jupyterlab/core-meta/core.package.json");
  execFileSync(process.execPath, [builder, "--core-package-file", core, "."], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const outdir = "../squid_nb/labextension/static";
  report(
    outdir,
    readdirSync(outdir).filter((name) => name.endsWith(".js")),
  );
}

function report(outdir, names) {
  const kilo = (size) => `${(size / 1000).toFixed(1)} kB`;
  for (const name of names) {
    const bytes = readFileSync(`${outdir}/${name}`);
    console.log(`${name}: ${kilo(bytes.length)}, gzip ${kilo(gzipSync(bytes).length)}`);
  }
}
