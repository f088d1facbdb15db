/** Reading what staff send: a form of our pages, or the same as JSON. Both are held against one schema. */
import type { Context } from "hono";
import * as z from "zod/mini";
import type { Failure } from "../../domain/failure.ts";
import { isFormPost, readForm } from "../form-post.ts";
import { readJson } from "../read-json.ts";

/** What was sent as `schema` has it, or what is wrong with it. A form's fields are all text, and each is there once. */
export async function readSent<T>(
  c: Context,
  schema: z.ZodMiniType<T>,
): Promise<{ ok: true; value: T } | { ok: false; failure: Failure }> {
  if (!isFormPost(c)) {
    return readJson(c, schema);
  }
  const form = await readForm(c);
  if (form === null) {
    const fields = [{ field: "body", problem: "is not a form" }];
    return { ok: false, failure: { kind: "invalid_request", fields } };
  }
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
