// Builds what browsers load locally: the product's own assets, and the stand-in's Stripe.js with its frames.
// @ts-check
import { execFileSync } from "node:child_process";
import { ROOT } from "./install.mjs";

/**
 * @param {readonly string[]} args
 */
function esbuild(args) {
  execFileSync(`${ROOT}node_modules/.bin/esbuild`, [...args, "--log-level=warning"], {
    cwd: ROOT,
    stdio: "inherit",
  });
}

const shared = ["--bundle", "--minify", "--entry-names=[name]"];
esbuild([
  "src/web/browser/account.ts",
  "src/web/style.css",
  ...shared,
  "--format=esm",
  "--outdir=.built/local",
]);
