/** Telling a form of our own pages from a program's request: whoever sent one waits for a page. */
import type { Context } from "hono";

/** Whether the body is a form, as a page sends it without a script. */
export function isFormPost(c: Context): boolean {
  return (c.req.header("Content-Type") ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
}
