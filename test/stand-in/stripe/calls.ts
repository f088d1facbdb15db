/** The call log: what the API was asked and how it answered, without a digit of any card. */
import { z } from "zod";
import type { Form } from "./form.ts";

const call = z.object({
  time: z.number(),
  request_id: z.string(),
  method: z.string(),
  path: z.string(),
  params: z.unknown(),
  status: z.number().nullable(),
  error_code: z.string().nullable(),
  idempotency_key: z.string().nullable(),
  replayed: z.boolean(),
  fault: z.string().nullable(),
});
export type Call = z.infer<typeof call>;

/** How many calls are remembered. */
const kept = 1000;

/** Records a call. `status` is null when the answer never arrived. */
export function logCall(sql: SqlStorage, made: Call): void {
  sql.exec("INSERT INTO calls (body) VALUES (?1)", JSON.stringify(made));
  sql.exec("DELETE FROM calls WHERE id <= (SELECT max(id) FROM calls) - ?1", kept);
}

/** The calls, newest first. */
export function readCalls(sql: SqlStorage): Call[] {
  return sql
    .exec<{ body: string }>("SELECT body FROM calls ORDER BY id DESC")
    .toArray()
    .map((row) => call.parse(JSON.parse(row.body)));
}

/** Parameters that may be shown: without what was typed into a card field. */
export function withoutCardDigits(form: Form): Form {
  if (typeof form === "string") {
    return form;
  }
  if (Array.isArray(form)) {
    return form.map(withoutCardDigits);
  }
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) => [
      name,
      name === "number" || name === "cvc" ? "(not kept)" : withoutCardDigits(value),
    ]),
  );
}
