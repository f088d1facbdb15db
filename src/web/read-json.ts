/** Reading a JSON body at the door: the right content type, well-formed, and exactly what was asked for. */
import type { Context } from "hono";
import * as z from "zod/mini";
import type { Failure, InvalidField } from "../domain/failure.ts";

/** The body as `schema` has it, or what is wrong with it. */
export async function readJson<T>(
  c: Context,
  schema: z.ZodMiniType<T>,
): Promise<{ ok: true; value: T } | { ok: false; failure: Failure }> {
  // A form of another site can send any text, but not this content type without asking first: so it is required strictly.
  const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return { ok: false, failure: { kind: "unsupported_media_type" } };
  }
  const body = parse(await c.req.text());
  if (body === undefined) {
    const fields = [{ field: "body", problem: "is not JSON" }];
    return { ok: false, failure: { kind: "invalid_request", fields } };
  }
  const parsed = z.safeParse(schema, body, { error: problemOf });
  return parsed.success
    ? { ok: true, value: parsed.data }
    : {
        ok: false,
        failure: { kind: "invalid_request", fields: parsed.error.issues.flatMap(toInvalidFields) },
      };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is wrong with a field, in words; used where the schema itself has none. */
function problemOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "invalid_type") {
    return issue.input === undefined
      ? "is missing"
      : `must be ${NAMES_OF_TYPES[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === "too_small") {
    return `must be ${issue.inclusive === true ? "at least" : "more than"} ${issue.minimum}`;
  }
  return issue.code === "too_big" ? `must be at most ${issue.maximum}` : "is not valid";
}

const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "an object",
};

function toInvalidFields(issue: z.core.$ZodIssue): InvalidField[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, 10).map((field) => ({ field, problem: "is not known" }));
  }
  return [{ field: issue.path.join(".") || "body", problem: issue.message }];
}
