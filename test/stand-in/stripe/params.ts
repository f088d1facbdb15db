/** Parameters: what an endpoint accepts, and how Stripe refuses anything else. */
import { z } from "zod";
import type { Form } from "./form.ts";
import { refuseParameter } from "./refusals.ts";

/** Text that must not be empty: an empty value asks Stripe to unset a field, and these cannot be unset. */
export const text = z.string().min(1);

/** A whole number, as forms write it. */
export const integer = z.string().transform((value, context) => {
  if (!/^-?\d{1,15}$/.test(value)) {
    context.addIssue({
      code: "custom",
      message: `Invalid integer: ${value}`,
      params: { stripe: "parameter_invalid_integer" },
    });
    return z.NEVER;
  }
  return Number(value);
});

/** `true` or `false`. */
export const flag = z.string().transform((value, context) => {
  if (value !== "true" && value !== "false") {
    context.addIssue({ code: "custom", message: `Invalid boolean: ${value}` });
    return z.NEVER;
  }
  return value === "true";
});

/** A value that an empty string unsets; the empty string reads as null. */
export function emptyable<Inner extends z.ZodType>(inner: Inner) {
  return z.union([z.literal("").transform(() => null), inner]);
}

/**
 * Metadata: up to 50 keys of 40 characters, values of 500; an empty value removes its key
 * (https://docs.stripe.com/api/metadata). Merged with `mergeMetadata`.
 */
export const metadata = emptyable(
  z.record(z.string(), z.string()).superRefine((value, context) => {
    for (const [key, entry] of Object.entries(value)) {
      if (key.length > 40) {
        context.addIssue({
          code: "custom",
          message: `Metadata keys must be at most 40 characters long, but '${key}' is ${key.length}.`,
          path: [key],
        });
      }
      if (entry.length > 500) {
        context.addIssue({
          code: "custom",
          message: `Metadata values can have up to 500 characters, but you passed in a value that is ${entry.length} characters. Invalid value: ${entry}`,
          path: [key],
        });
      }
    }
    if (Object.keys(value).length > 50) {
      context.addIssue({ code: "custom", message: "You can only have up to 50 metadata keys." });
    }
  }),
);

/** What an object's metadata becomes: new keys are added, empty values remove a key, null removes all. */
export function mergeMetadata(
  before: Record<string, string> | null,
  change: Record<string, string> | null | undefined,
): Record<string, string> {
  if (change === null) {
    return {};
  }
  const merged = Object.entries({ ...before, ...change }).filter(([, value]) => value !== "");
  if (merged.length > 50) {
    return refuseParameter("You can only have up to 50 metadata keys.", "metadata");
  }
  return Object.fromEntries(merged);
}

/** The members of an address; any may be left out or emptied. */
export const address = z.strictObject({
  city: z.string().optional(),
  country: z.string().optional(),
  line1: z.string().optional(),
  line2: z.string().optional(),
  postal_code: z.string().optional(),
  state: z.string().optional(),
});

/** What an object's address becomes, in the form Stripe returns: every member, null if it is missing. */
export function toAddress(given: z.infer<typeof address> | null | undefined) {
  return {
    city: given?.city || null,
    country: given?.country || null,
    line1: given?.line1 || null,
    line2: given?.line2 || null,
    postal_code: given?.postal_code || null,
    state: given?.state || null,
  };
}

/** `created=…` or `created[gte]=…`, in Unix seconds. */
export const range = z.union([
  integer,
  z.strictObject({
    gt: integer.optional(),
    gte: integer.optional(),
    lt: integer.optional(),
    lte: integer.optional(),
  }),
]);

/** Whether a time lies within the requested range; any does when none was requested. */
export function inRange(time: number, asked: z.infer<typeof range> | undefined): boolean {
  if (asked === undefined || typeof asked === "number") {
    return asked === undefined || time === asked;
  }
  return (
    (asked.gt === undefined || time > asked.gt) &&
    (asked.gte === undefined || time >= asked.gte) &&
    (asked.lt === undefined || time < asked.lt) &&
    (asked.lte === undefined || time <= asked.lte)
  );
}

/** The parameters of every endpoint. */
export const expand = z.array(text).optional();

/** The parameters of every list. */
export const page = {
  limit: integer.optional(),
  starting_after: text.optional(),
  ending_before: text.optional(),
  expand,
};

/** Reads a form as the endpoint's parameters, or refuses it in Stripe's words, naming the parameter. */
export function readParams<Schema extends z.ZodType>(schema: Schema, form: Form): z.infer<Schema> {
  const read = schema.safeParse(form, { reportInput: true });
  return read.success ? read.data : refuseIssue(read.error.issues[0], []);
}

type Issue = z.core.$ZodIssue;

function refuseIssue(issue: Issue | undefined, outer: PropertyKey[]): never {
  if (issue === undefined) {
    return refuseParameter("Invalid request.");
  }
  const path = [...outer, ...issue.path];
  const param = bracketed(path);
  switch (issue.code) {
    case "unrecognized_keys": {
      return refuseUnknown(bracketed([...path, issue.keys[0] ?? ""]));
    }
    case "invalid_union": {
      return refuseIssue(issue.errors.at(-1)?.[0], path);
    }
    case "invalid_type": {
      return refuseShape(issue.expected, issue.input, param);
    }
    case "invalid_value": {
      const last = issue.values.at(-1);
      const rest = issue.values.slice(0, -1).join(", ");
      return refuseParameter(
        `Invalid ${param}: must be ${rest === "" ? String(last) : `one of ${rest}, or ${String(last)}`}`,
        param,
      );
    }
    case "too_small": {
      return refuseParameter(
        `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
        param,
        "parameter_invalid_empty",
      );
    }
    case "custom": {
      const code: unknown = issue.params?.["stripe"];
      return refuseParameter(issue.message, param, typeof code === "string" ? code : undefined);
    }
    case "invalid_element":
    case "invalid_format":
    case "invalid_key":
    case "not_multiple_of":
    case "too_big": {
      return refuseParameter(`Invalid ${param}`, param);
    }
  }
}

function refuseShape(expected: string, input: unknown, param: string): never {
  if (input === undefined) {
    return refuseParameter(`Missing required param: ${param}.`, param, "parameter_missing");
  }
  if (expected === "array") {
    return refuseParameter("Invalid array", param);
  }
  if (expected === "object" || expected === "record") {
    return refuseParameter("Invalid object", param);
  }
  return refuseParameter(`Invalid ${expected}: ${JSON.stringify(input)}`, param);
}

/** An unknown parameter; `payment_method_types` was known until 2026-09-30.endive. */
function refuseUnknown(param: string): never {
  if (param === "payment_method_types") {
    return refuseParameter(
      "The parameter `payment_method_types` is no longer supported. Use `allowed_payment_method_types` instead, or leave it out to use dynamic payment methods.",
      param,
      "payment_method_types_no_longer_supported",
    );
  }
  return refuseParameter(`Received unknown parameter: ${param}`, param, "parameter_unknown");
}

function bracketed(path: PropertyKey[]): string {
  const [first, ...rest] = path.map(String);
  return `${first ?? ""}${rest.map((step) => `[${step}]`).join("")}`;
}
