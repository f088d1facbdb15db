/** Reads a JSON body, insisting on the right content type, well-formed JSON and a match with the schema. */
import type { Context } from "hono";
import * as z from "zod/mini";
import type { Failure, InvalidField } from "../domain/failure.ts";

/** The body parsed by `schema`, or what is wrong with it. */
export async function readJson<T>(
  c: Context,
  schema: z.ZodMiniType<T>,
): Promise<{ ok: true; value: T } | { ok: false; failure: Failure }> {
  // A form on another site can post any text, but not with this content type (that needs a CORS preflight), so require it.
  const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return { ok: false, failure: { kind: "unsupported_media_type" } };
  }
  const body = parse(await c.req.text());
  if (body === undefined) {
    const fields = [{ field: "body", problem: "is not valid JSON" }];
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

/** What is wrong with a field, in words, if the schema itself does not say. */
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
    return issue.keys.slice(0, 10).map((field) => ({ field, problem: "is not a known field" }));
  }
  return [{ field: issue.path.join(".") || "body", problem: issue.message }];
}
