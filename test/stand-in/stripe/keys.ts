/** API keys: which a request carries, and what it may do with it. */
import { type ErrorBody, documentationOf, refuse } from "./refusals.ts";
import type { Caller } from "./routes-table.ts";

/** Whether a key belongs to a live account, which a stand-in must never be near. */
export function isLiveKey(key: string | undefined): boolean {
  return key !== undefined && /^(?:sk|rk|pk)_live_/.test(key.trim());
}

/** Who is calling, from `Authorization: Bearer …` or Basic with the key as user name; 401 otherwise. */
export function callerOf(authorization: string | null, keyInForm: string | undefined): Caller {
  const key = keyOf(authorization) ?? keyInForm ?? null;
  if (key === null || key === "") {
    return refuseKey(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    );
  }
  if (/^(?:sk|rk)_test_\w+$/.test(key)) {
    return "secret";
  }
  if (/^pk_test_\w+$/.test(key)) {
    return "publishable";
  }
  return refuseKey(`Invalid API Key provided: ${masked(key)}`);
}

/** A publishable key is for browsers, and this call is not. */
export function refusePublishable(): never {
  return refuse(401, {
    type: "invalid_request_error",
    code: "secret_key_required",
    doc_url: documentationOf("secret_key_required"),
    message:
      "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
  });
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
