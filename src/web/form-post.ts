/** Forms posted by our own pages: recognising one, because its sender expects a page rather than JSON, and reading it. */
import type { Context } from "hono";

/** A field's value; an array if it was sent more than once. */
type FormField = string | File | (string | File)[];

/** Whether the body is a form, as a page without a script sends it. */
export function isFormPost(c: Context): boolean {
  const [type = ""] = (c.req.header("Content-Type") ?? "").split(";");
  return type.trim().toLowerCase() === "application/x-www-form-urlencoded";
}

/** The form's fields; null if the body cannot be read as a form. */
export async function readForm(c: Context): Promise<Record<string, FormField> | null> {
  try {
    return await c.req.parseBody({ all: true });
  } catch {
    return null;
  }
}
