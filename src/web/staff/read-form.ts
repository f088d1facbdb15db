/** Reading what staff send: a form of our pages, as a body or as a query, or the same as JSON. Each is held against a schema. */
import type { Context } from "hono";
import * as z from "zod/mini";
import type { Failure } from "../../domain/failure.ts";
import { isFormPost, readForm } from "../form-post.ts";
import { readJson } from "../read-json.ts";

type Read<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** What was sent as `schema` has it, or what is wrong with it. A form's fields are all text, and each is there once. */
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

/** The same of an address's query, where a form asks by GET. Each of its fields is there once, too. */
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
