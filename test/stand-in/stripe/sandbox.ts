/** What every operation of the stand-in is given: the state, the time, and the request it happens in. */
import { readSwitch } from "./switches.ts";

export interface Sandbox {
  readonly sql: SqlStorage;
  /** The local Worker's own address, for links in objects and for its webhook endpoint. */
  readonly publicUrl: string;
  readonly webhookSecret: string;
  /** How webhooks are delivered until a switch says otherwise. */
  readonly initialDelivery: "automatic" | "on_demand";
  /** The API request under way, which its events name; null for anything that happens by itself. */
  readonly request: { readonly id: string; readonly idempotencyKey: string | null } | null;
}

/** Unix seconds by the stand-in's clock, which tests and people move forward. */
export function now(sandbox: Sandbox): number {
  return Math.floor(nowMs(sandbox) / 1000);
}

/** Unix milliseconds by the stand-in's clock. */
export function nowMs(sandbox: Sandbox): number {
  return Date.now() + readSwitch(sandbox.sql, "clock_ahead_ms");
}
