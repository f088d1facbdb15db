/** Faults on request: the next calls fail as Stripe, or the connection to it, might. */
import { z } from "zod";

export const faultKind = z.enum([
  /** 500 before anything is done; the key is not spent. */
  "fail_before",
  /** Everything is done, then 500; the key is spent on that 500. */
  "fail_after",
  /** Everything is done, and the connection drops. */
  "lose_answer",
  /** Everything is done, and the answer takes `delay_ms`. */
  "slow",
  /** 429: another request holds the object. Nothing is done. */
  "lock_timeout",
  /** 429: too many requests. Nothing is done. With `delay_ms`, `Retry-After` says when to come back. */
  "rate_limit",
  /** 500 in the middle: nothing is done, and the key is spent on that 500. */
  "api_error",
  /** The connection drops and nothing is done. */
  "unreachable",
]);

export const fault = z.strictObject({
  /** Method and beginning of the path; any call when left out, including the browser's own. */
  match: z
    .string()
    .regex(/^(?:\*|GET|POST|DELETE)(?: \/v1\/\S*)?$/)
    .default("* /v1/"),
  kind: faultKind,
  times: z.number().int().positive().default(1),
  delay_ms: z.number().int().nonnegative().max(120_000).default(0),
});
export type Fault = z.infer<typeof fault>;

interface FaultRow extends Record<string, SqlStorageValue> {
  id: number;
  kind: string;
  times: number;
  delay_ms: number;
}

/** Arms a fault. Several are used in the order they were given. */
export function addFault(sql: SqlStorage, given: Fault): void {
  const [method = "*", path = "/v1/"] = given.match.split(" ");
  sql.exec(
    "INSERT INTO faults (method, path, kind, times, delay_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    method,
    path,
    given.kind,
    given.times,
    given.delay_ms,
  );
}

/** The faults still armed, in the order they were given, with how often each is still to happen. */
export function armedFaults(sql: SqlStorage): Fault[] {
  return sql
    .exec<FaultRow & { method: string; path: string }>("SELECT * FROM faults ORDER BY id")
    .toArray()
    .map(({ method, path, kind, times, delay_ms }) => ({
      match: `${method} ${path}`,
      kind: faultKind.parse(kind),
      times,
      delay_ms,
    }));
}

/** Disarms every fault. Returns how many there were. */
export function disarmFaults(sql: SqlStorage): number {
  return sql.exec("DELETE FROM faults RETURNING id").toArray().length;
}

/** The fault for this call, if one is armed; taking it uses it up. */
export function takeFault(
  sql: SqlStorage,
  method: string,
  path: string,
): { kind: z.infer<typeof faultKind>; delayMs: number } | null {
  const [row] = sql
    .exec<FaultRow>(
      `SELECT id, kind, times, delay_ms FROM faults
       WHERE method IN ('*', ?1) AND substr(?2, 1, length(path)) = path
       ORDER BY id LIMIT 1`,
      method,
      path,
    )
    .toArray();
  if (row === undefined) {
    return null;
  }
  if (row.times > 1) {
    sql.exec("UPDATE faults SET times = times - 1 WHERE id = ?1", row.id);
  } else {
    sql.exec("DELETE FROM faults WHERE id = ?1", row.id);
  }
  return { kind: faultKind.parse(row.kind), delayMs: row.delay_ms };
}
