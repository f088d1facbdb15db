/** API keys: which one a request carries, and what it allows. */
import { z } from "zod";
import { type ErrorBody, documentationOf, refuse } from "./refusals.ts";
import type { Caller } from "./routes-table.ts";

/** Whether this Worker was given a key of a live account, which a stand-in must never be near. */
export function isBesideLiveKey(env: {
  STRIPE_SECRET_KEY?: string;
  STRIPE_PUBLISHABLE_KEY?: string;
}): boolean {
  return isLiveKey(env.STRIPE_SECRET_KEY) || isLiveKey(env.STRIPE_PUBLISHABLE_KEY);
}

function isLiveKey(key: string | undefined): boolean {
  return key !== undefined && /^(?:sk|rk|pk)_live_/.test(key.trim());
}

/** Who calls, and with which key. */
export interface Credentials {
  readonly caller: Caller;
  readonly key: string;
}

/** Who is calling, from `Authorization: Bearer …` or Basic with the key as user name; 401 otherwise. */
export function credentialsOf(authorization: string | null, keyInForm: string | undefined): Credentials {
  const key = keyOf(authorization) ?? keyInForm ?? null;
  if (key === null || key === "") {
    return refuseKey(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    );
  }
  if (/^(?:sk|rk)_test_\w+$/.test(key)) {
    return { caller: "secret", key };
  }
  if (/^pk_test_\w+$/.test(key)) {
    return { caller: "publishable", key };
  }
  return refuseKey(`Invalid API Key provided: ${masked(key)}`);
}

/** Refuses a publishable key, which is for browsers, on a call that is not. */
export function refusePublishable(): never {
  return refuse(401, {
    type: "invalid_request_error",
    code: "secret_key_required",
    doc_url: documentationOf("secret_key_required"),
    message:
      "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
  });
}

const permissionsType = z.record(z.string(), z.enum(["read", "write"]));

/** Sets what a restricted key may do; it can do nothing else from then on. */
export function restrictKey(
  sql: SqlStorage,
  key: string,
  permissions: z.infer<typeof permissionsType>,
): void {
  sql.exec(
    "INSERT OR REPLACE INTO restricted_keys (key, permissions) VALUES (?1, ?2)",
    key,
    JSON.stringify(permissions),
  );
}

/** 403 for what a restricted key has no permission for. A key without restrictions may do everything. */
export function refuseBeyondPermissions(sql: SqlStorage, key: string, method: string, path: string): void {
  const [row] = sql
    .exec<{ permissions: string }>("SELECT permissions FROM restricted_keys WHERE key = ?1", key)
    .toArray();
  if (row === undefined) {
    return;
  }
  const resource = path.split("/")[2] ?? "";
  const held = permissionsType.parse(JSON.parse(row.permissions))[resource];
  const wanted = method === "GET" ? "read" : "write";
  if (held !== wanted && held !== "write") {
    refuse(403, {
      type: "invalid_request_error",
      message: `The provided key '${masked(key)}' does not have the required permissions for this endpoint on account 'acct_standin'. Having the 'rak_${resource.replace(/s$/, "")}_${wanted}' permission would allow this request to continue.`,
    });
  }
}

function refuseKey(message: string): never {
  const error: ErrorBody = { type: "invalid_request_error", message };
  return refuse(401, error);
}

function keyOf(authorization: string | null): string | null {
  const [scheme, value] = (authorization ?? "").split(/\s+/, 2);
  if (value === undefined) {
    return null;
  }
  if (scheme?.toLowerCase() === "bearer") {
    return value;
  }
  if (scheme?.toLowerCase() !== "basic") {
    return null;
  }
  try {
    return atob(value).split(":")[0] ?? null;
  } catch {
    return null;
  }
}

function masked(key: string): string {
  return key.length <= 12 ? "*".repeat(key.length) : `${key.slice(0, 8)}${"*".repeat(8)}${key.slice(-4)}`;
}

/** The stand-in's only answer beside a live key. */
export const besideLiveKey = {
  status: 500,
  body: JSON.stringify({
    error: {
      type: "api_error",
      code: "stand_in_beside_live_key",
      message:
        "The Stripe stand-in does not run beside a live key. Remove the live key from this Worker's variables; the stand-in needs none.",
    },
  }),
  headers: { "content-type": "application/json" },
  lost: false,
  delayMs: 0,
};
