/** Where the stand-in was loaded from: its frames and its API are beside the script. */
import { integrationError } from "./integration-error.ts";

const scriptPath = "/stand-in/stripe.js";

/** The address of the folder the script lies in, found while the script runs. */
export const standInUrl = folderOf(
  document.currentScript instanceof HTMLScriptElement
    ? document.currentScript.src
    : (document.querySelector<HTMLScriptElement>(`script[src$="${scriptPath}"]`)?.src ?? ""),
);

function folderOf(script: string): string {
  return new URL(".", script === "" ? new URL(scriptPath, location.href) : script).href;
}

/**
 * Refuses anything but a test key: a page with a live key and this script would take card numbers to the
 * wrong place.
 */
export function assertTestKey(publishableKey: unknown): asserts publishableKey is string {
  if (typeof publishableKey !== "string" || publishableKey === "") {
    throw integrationError("Stripe() needs a publishable key.");
  }
  if (!publishableKey.startsWith("pk_test_")) {
    throw integrationError("The local stand-in for Stripe.js takes only a test key (pk_test_…).");
  }
}
