/** Forms of our own pages: telling one from a program's request, for whoever sent one waits for a page, and reading it. */
import type { Context } from "hono";

/** What a field holds: several values where it was sent several times. */
type FormField = string | File | (string | File)[];

/** Whether the body is a form, as a page sends it without a script. */
export function isFormPost(c: Context): boolean {
  const [type = ""] = (c.req.header("Content-Type") ?? "").split(";");
  return type.trim().toLowerCase() === "application/x-www-form-urlencoded";
}

/** The form's fields; null where the body cannot be read as a form. */
export async function readForm(c: Context): Promise<Record<string, FormField> | null> {
  try {
    return await c.req.parseBody({ all: true });
  } catch {
    return null;
  }
}
