/**
 * Idempotency keys (https://docs.stripe.com/api/idempotent_requests): the first answer to a key is the answer
 * for a day, whatever it was, once an endpoint had begun. A request that failed validation is not remembered.
 */
import { documentationOf, refuse } from "./refusals.ts";
import { type Sandbox, now } from "./sandbox.ts";

const keptSeconds = 86_400;

export interface Replay {
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
}

interface ReplayRow extends Record<string, SqlStorageValue> {
  request: string;
  path: string;
  status: number;
  body: string;
  request_id: string;
}

/** The answer this key already had, or null. Refuses a key that was used for another request. */
export function findReplay(sandbox: Sandbox, key: string, path: string, request: string): Replay | null {
  if (key.length > 255) {
    refuse(400, {
      type: "idempotency_error",
      message: "Idempotency keys may be at most 255 characters long.",
    });
  }
  sandbox.sql.exec("DELETE FROM replays WHERE created <= ?1", now(sandbox) - keptSeconds);
  const [row] = sandbox.sql
    .exec<ReplayRow>("SELECT request, path, status, body, request_id FROM replays WHERE key = ?1", key)
    .toArray();
  if (row === undefined) {
    return null;
  }
  if (row.path !== path) {
    refuse(400, {
      type: "idempotency_error",
      message: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${row.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }
  if (row.request !== request) {
    refuse(400, {
      type: "idempotency_error",
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }
  return { status: row.status, body: row.body, requestId: row.request_id };
}

/** Remembers the first answer to a key. */
export function keepReplay(
  sandbox: Sandbox,
  key: string,
  path: string,
  request: string,
  answer: Replay,
): void {
  sandbox.sql.exec(
    "INSERT OR REPLACE INTO replays (key, request, path, status, body, request_id, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    key,
    request,
    path,
    answer.status,
    answer.body,
    answer.requestId,
    now(sandbox),
  );
}

/** Another request with this key has not been answered yet: 409, and nothing is remembered. */
export function refuseInFlight(key: string): never {
  return refuse(409, {
    type: "idempotency_error",
    code: "idempotency_key_in_use",
    doc_url: documentationOf("idempotency_key_in_use"),
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
}
