/** Reads what staff send: a form, as a body or as a query string, or the same as JSON. All are validated by a schema. */
import type { Context } from "hono";
import * as z from "zod/mini";
import type { Failure } from "../../domain/failure.ts";
import { isFormPost, readForm } from "../form-post.ts";
import { readJson } from "../read-json.ts";

type Read<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** The request parsed by `schema`, or what is wrong with it. A form's fields are all text, and each may be sent only once. */
export async function readSent<T>(c: Context, schema: z.ZodMiniType<T>): Promise<Read<T>> {
  if (!isFormPost(c)) {
    return readJson(c, schema);
  }
  const form = await readForm(c);
  if (form === null) {
    const fields = [{ field: "body", problem: "is not a form" }];
    return { ok: false, failure: { kind: "invalid_request", fields } };
  }
  return readFields(form, schema);
}

/** The same for the query string, for a form that uses GET. Here too each field may be sent only once. */
export function readQuery<T>(c: Context, schema: z.ZodMiniType<T>): Read<T> {
  const fields = Object.entries(c.req.queries()).map(([name, values]) => {
    const [only, ...more] = values;
    return [name, more.length === 0 ? only : values] as const;
  });
  return readFields(Object.fromEntries(fields), schema);
}

function readFields<T>(form: object, schema: z.ZodMiniType<T>): Read<T> {
  const parsed = z.safeParse(schema, form);
  if (parsed.success) {
    return { ok: true, value: parsed.data };
  }
  const fields = parsed.error.issues.map(({ path, message }) => ({
    field: path.join(".") || "body",
    problem: message,
  }));
  return { ok: false, failure: { kind: "invalid_request", fields } };
}
