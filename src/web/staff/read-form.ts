/** Reading what staff send: a form of our pages, or the same as JSON. Both are held against one schema. */
import type { Context } from "hono";
import * as z from "zod/mini";
import type { Failure } from "../../domain/failure.ts";
import { readJson } from "../read-json.ts";

/** What was sent as `schema` has it, or what is wrong with it. A form's fields are all text. */
export async function readSent<T>(
  c: Context,
  schema: z.ZodMiniType<T>,
): Promise<{ ok: true; value: T } | { ok: false; failure: Failure }> {
  if (!isForm(c)) {
    return readJson(c, schema);
  }
  const parsed = z.safeParse(schema, await c.req.parseBody());
  if (parsed.success) {
    return { ok: true, value: parsed.data };
  }
  const fields = parsed.error.issues.map(({ path, message }) => ({
    field: path.join(".") || "body",
    problem: message,
  }));
  return { ok: false, failure: { kind: "invalid_request", fields } };
}

/** Whether a page's form was sent. */
function isForm(c: Context): boolean {
  return (c.req.header("Content-Type") ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
}
