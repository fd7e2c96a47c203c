// Bundles the widget for anywidget: one ES module and one stylesheet. `--dev` serves the harness in dev/ instead.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

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

if (harness) {
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
} else {
  const outdir = "../squid_nb/static";
  await esbuild.build({ ...shared, entryPoints: { chat: "src/widget.ts" }, outdir });
  for (const name of ["chat.js", "chat.css"]) {
    const bytes = readFileSync(`${outdir}/${name}`);
    const kilo = (size) => `${(size / 1000).toFixed(1)} kB`;
    console.log(`${name}: ${kilo(bytes.length)}, gzip ${kilo(gzipSync(bytes).length)}`);
  }
}
