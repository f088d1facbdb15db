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
  "src/web/staff/staff.css",
  "src/web/_headers",
  "--loader:=copy",
  ...shared,
  "--format=esm",
  "--outdir=.built/local",
]);
esbuild([
  "test/stand-in/browser/stripe.ts",
  "test/stand-in/browser/demo.ts",
  "test/stand-in/browser/pages.ts",
  "test/stand-in/browser/frames/payment-frame.ts",
  "test/stand-in/browser/frames/address-frame.ts",
  "test/stand-in/browser/frames/challenge-frame.ts",
  "test/stand-in/browser/pages.css",
  "test/stand-in/browser/frames.css",
  "--bundle",
  "--minify",
  "--format=iife",
  "--outbase=test/stand-in/browser",
  "--outdir=.built/local/stand-in",
]);
