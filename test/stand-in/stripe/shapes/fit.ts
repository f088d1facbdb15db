/**
 * Compares every call the stand-in answers with what the `stripe` package says it accepts and returns (shapes.json,
 * derived by derive.js). A wrong, missing or invented field is the stand-in's own mistake, and it says so instead of
 * answering.
 */
import shapes from "./shapes.json" with { type: "json" };

type Named = Readonly<Record<string, unknown>>;

const calls: Named = shapes.calls;
const objects: Named = shapes.objects;

/** The version of the package the shapes were derived from. */
export const derivedFrom = shapes.stripe;

/** Routes of the stand-in that the package has no method for. */
export const routesUnknownToStripe: string[] = shapes.unknown;

/** Routes whose parameters and answers are known. */
export const shapedRoutes = new Set(Object.keys(calls));

/** What is wrong with the parameters of a call that was accepted; empty if nothing is. */
export function misfitsOfRequest(route: string, form: unknown): string[] {
  const call = calls[route];
  return isRecord(call) ? misfits(call["takes"], form, "", { form: true, partial: false }) : [];
}

/**
 * What is wrong with an answer. `partial`: a browser is shown less of an intent, so fields may be missing
 * from the outermost object.
 */
export function misfitsOfAnswer(route: string, body: unknown, partial: boolean): string[] {
  const call = calls[route];
  // The one endpoint for which the SDK has no method is the browser's own, which returns the object it names.
  const shape = isRecord(call) ? call["gives"] : { object: isRecord(body) ? body["object"] : "" };
  return misfits(shape, body, "", { form: false, partial });
}

/** Codes in Stripe's documentation that the package's list lacks. */
const documentedCodes = new Set<unknown>([
  // https://docs.stripe.com/changelog/endive/2026-09-30/removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents
  "payment_method_types_no_longer_supported",
]);

/** What is wrong with an error that is sent. */
export function misfitsOfError(error: object): string[] {
  const { code, ...rest } = { code: undefined, ...error };
  const known = documentedCodes.has(code) || code === undefined ? rest : error;
  return misfits(shapes.error, known, "error", { form: false, partial: false });
}

/** What is wrong with an event, including its object. */
export function misfitsOfEvent(event: { data: { object: object }; type: string }): string[] {
  const { object } = event.data;
  const named: unknown = "object" in object ? object.object : "";
  return [
    ...misfits(shapes.objects.event, event, "", { form: false, partial: false }),
    ...misfits({ object: named }, object, "data.object", { form: false, partial: false }),
  ];
}

/** Whether Stripe has events of this type. */
export function isEventType(type: string): boolean {
  return misfits(shapes.objects.event.fields.type, type, "", { form: false, partial: false }).length === 0;
}

interface Mode {
  /** Everything is text in a form. */
  readonly form: boolean;
  readonly partial: boolean;
}

function misfits(shape: unknown, value: unknown, path: string, mode: Mode): string[] {
  if (typeof shape === "string") {
    return fitsWord(shape, value, mode) ? [] : [`${path} is ${JSON.stringify(value)}, not ${shape}`];
  }
  if (Array.isArray(shape)) {
    return misfitsOfUnion(shape, value, path, mode);
  }
  if (!isRecord(shape)) {
    return [`${path} has no shape`];
  }
  if ("list" in shape) {
    return misfitsOfList(shape["list"], value, path, mode);
  }
  if ("page" in shape) {
    return misfitsOfPage(shape["page"], value, path);
  }
  if ("map" in shape) {
    const entries = isRecord(value) ? Object.entries(value) : null;
    return entries === null
      ? [`${path} is not a map`]
      : entries.flatMap(([name, inner]) => misfits(shape["map"], inner, `${path}.${name}`, mode));
  }
  if ("object" in shape) {
    return misfitsOfObject(String(shape["object"]), value, path, mode);
  }
  return misfitsOfFields(shape["fields"], value, path, mode);
}

function fitsWord(shape: string, value: unknown, { form }: Mode): boolean {
  if (shape.startsWith("'")) {
    return value === shape.slice(1);
  }
  switch (shape) {
    case "any": {
      return true;
    }
    case "null": {
      return value === null;
    }
    case "true":
    case "false": {
      return form ? value === shape : String(value) === shape;
    }
    case "number": {
      return form
        ? typeof value === "string" && /^-?\d+$/.test(value)
        : typeof value === "number" && Number.isSafeInteger(value);
    }
    case "boolean": {
      return form ? value === "true" || value === "false" : typeof value === "boolean";
    }
    default: {
      return typeof value === shape;
    }
  }
}

/** One of several alternatives: the complaints about the one that comes nearest. */
function misfitsOfUnion(alternatives: unknown[], value: unknown, path: string, mode: Mode): string[] {
  const tried = alternatives.map((shape) => misfits(shape, value, path, mode));
  const nearest = tried
    .filter((_, place) => isRecord(value) === isRecord(alternatives[place]) || !isRecord(value))
    .toSorted((a, b) => a.length - b.length)[0];
  if (tried.some((complaints) => complaints.length === 0)) {
    return [];
  }
  return isRecord(value) && nearest !== undefined
    ? nearest
    : [`${path} is ${JSON.stringify(value)}, not one of ${JSON.stringify(alternatives).slice(0, 200)}`];
}

function misfitsOfList(inner: unknown, value: unknown, path: string, mode: Mode): string[] {
  if (!Array.isArray(value)) {
    return mode.form && value === "" ? [] : [`${path} is not a list`];
  }
  return value.flatMap((item, place) => misfits(inner, item, `${path}[${place}]`, mode));
}

function misfitsOfPage(inner: unknown, value: unknown, path: string): string[] {
  const page = {
    fields: { object: "'list", data: { list: inner }, has_more: "boolean", url: "string" },
  };
  return misfits(page, value, path, { form: false, partial: false });
}

function misfitsOfObject(kind: string, value: unknown, path: string, mode: Mode): string[] {
  const known = objects[kind];
  if (known === undefined) {
    return [`${path} is a ${kind}, which the stand-in does not keep`];
  }
  if (!isRecord(value)) {
    return [`${path} is not a ${kind}`];
  }
  return misfits(known, value, path === "" ? kind : path, mode);
}

function misfitsOfFields(fields: unknown, value: unknown, path: string, mode: Mode): string[] {
  if (!isRecord(fields) || !isRecord(value)) {
    return [`${path} is not an object`];
  }
  const expected = new Map(Object.entries(fields).map(([name, shape]) => [name.replace(/\?$/, ""), shape]));
  const invented = Object.keys(value)
    .filter((name) => !expected.has(name))
    .map((name) => `${path}.${name} does not exist at Stripe`);
  const whole: Mode = { ...mode, partial: false };
  const wrong = [...expected].flatMap(([name, shape]) => {
    const inner = value[name];
    if (inner === undefined) {
      const may = `${name}?` in fields || mode.partial;
      return may ? [] : [`${path}.${name} is missing`];
    }
    return misfits(shape, inner, `${path}.${name}`, whole);
  });
  return [...invented, ...wrong];
}

function isRecord(value: unknown): value is Named {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
