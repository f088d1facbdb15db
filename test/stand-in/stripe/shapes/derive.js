/**
 * Derives, from the `stripe` package's own types and code, what every call the stand-in answers accepts and returns:
 * `node test/stand-in/stripe/shapes/derive.js` writes shapes.json. Run it when the package or the stand-in's routes
 * change; a test says when it is out of date.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { API, SignatureKind, TypeFlags } from "typescript/unstable/sync";

const root = new URL("../../../../", import.meta.url);
const packageFolder = new URL("node_modules/stripe/", root);
const resources = new URL("esm/resources/", packageFolder);
const optional = 1 << 24;

const api = new API({ cwd: fileURLToPath(root) });
const snapshot = api.updateSnapshot({ openProjects: [fileURLToPath(new URL("test/tsconfig.json", root))] });
const [{ program, checker }] = snapshot.getProjects();

/** Every method of every resource: its call in the .js, its types in the .d.ts beside it. */
function* methods() {
  const files = readdirSync(resources, { recursive: true }).filter((name) => /[a-z]\.js$/.test(name));
  for (const file of files.toSorted((a, b) => a.localeCompare(b))) {
    const code = readFileSync(new URL(file, resources), "utf8");
    const calls = code.matchAll(
      /^ {4}(\w+)\([^)]*\) \{\s+return this\._makeRequest\('(\w+)', (['`])(\/v1\/.*?)\3/gms,
    );
    const found = [...calls];
    const declarations = fileURLToPath(new URL(file.replace(/js$/, "d.ts"), resources));
    const source = found.length === 0 ? undefined : program.getSourceFile(declarations);
    const exported = source && checker.getExportsOfModule(checker.getSymbolAtLocation(source));
    const resource = exported?.find(({ name }) => name.endsWith("Resource"));
    for (const [, method, verb, , path] of found) {
      const route = `${verb} ${path.replaceAll(/\$\{encodeURIComponent\(\w+\)\}/g, ":id")}`;
      yield { route, method, type: resource && checker.getDeclaredTypeOfSymbol(resource) };
    }
  }
}

/** Names of the payment methods other than cards: their details can never occur. */
const otherMethods = new Set();

/** Stripe objects met on the way, still to be described. */
const waiting = new Map();

/** @param {import("typescript/unstable/sync").Type} type */
function shapeOf(type) {
  if (type.isUnionType()) {
    return unionOf(type.getTypes());
  }
  if (type.flags & (TypeFlags.String | TypeFlags.Intersection)) {
    return "string";
  }
  if (type.flags & TypeFlags.Number) {
    return "number";
  }
  if (type.flags & TypeFlags.Null) {
    return "null";
  }
  if (type.flags & TypeFlags.Literal) {
    return typeof type.value === "string" ? `'${type.value}` : String(type.value);
  }
  if (checker.isArrayType(type)) {
    return { list: shapeOf(checker.getTypeArguments(type)[0]) };
  }
  if (type.flags & TypeFlags.Object) {
    return objectShape(type);
  }
  return "any";
}

function unionOf(types) {
  const present = types.filter(({ flags }) => !(flags & (TypeFlags.Undefined | TypeFlags.Void)));
  const literals = present.some((type) => type.flags & TypeFlags.StringLiteral);
  // `OtherString` opens an enumeration for the future; what the stand-in says must be in it today.
  const closed = present.filter(({ flags }) => !(literals && flags & TypeFlags.Intersection));
  return oneOf(closed.map(shapeOf));
}

function oneOf(shapes) {
  const distinct = [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()];
  const isFlag = distinct.includes("true") && distinct.includes("false");
  const named = isFlag
    ? ["boolean", ...distinct.filter((shape) => shape !== "true" && shape !== "false")]
    : distinct;
  return named.length === 1 ? named[0] : named;
}

function objectShape(type) {
  const members = checker.getPropertiesOfType(type);
  const kind = members.find(({ name }) => name === "object");
  const word = kind && checker.getTypeOfSymbol(kind)?.value;
  if (typeof word === "string" && word !== "list") {
    const deleted = members.find(({ name }) => name === "deleted");
    const isDeleted = deleted !== undefined && !(deleted.flags & optional);
    const key = isDeleted ? `${word} deleted` : word;
    waiting.set(key, [...(waiting.get(key) ?? []), type]);
    return { object: key };
  }
  return fieldsOf(type, members);
}

function fieldsOf(type, members) {
  const [index] = checker.getIndexInfosOfType(type);
  if (index) {
    return { map: shapeOf(index.valueType) };
  }
  const fields = {};
  for (const member of members) {
    const inner = checker.getTypeOfSymbol(member);
    const isOptional = Boolean(member.flags & optional);
    if ((isOptional && otherMethods.has(member.name)) || inner.flags & TypeFlags.Void) {
      continue;
    }
    const shape = shapeOf(inner);
    if (!(Array.isArray(shape) && shape.length === 0)) {
      fields[isOptional ? `${member.name}?` : member.name] = shape;
    }
  }
  return { fields };
}

function typeNamed(file, path) {
  const source = program.getSourceFile(fileURLToPath(new URL(file, resources)));
  let symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  let symbol;
  for (const name of path.split(".")) {
    symbol = symbols.find((each) => each.name === name);
    symbols = symbol ? [...symbol.getExports().values()] : [];
  }
  return checker.getDeclaredTypeOfSymbol(symbol);
}

for (const type of typeNamed("PaymentMethods.d.ts", "PaymentMethod.Type").getTypes()) {
  if (typeof type.value === "string" && type.value !== "card") {
    otherMethods.add(type.value);
  }
}

// All events share one form; their objects are held against their own.
waiting.set("event", [typeNamed("Events.d.ts", "EventBase")]);

const known = new Set();
const calls = {};
const { routes } = await import("../routes-of-stripe.ts");
const mine = new Set(routes.map(({ method, path }) => `${method} ${path}`));
for (const { route, method, type } of methods()) {
  known.add(route);
  if (!mine.has(route) || type === undefined || calls[route] !== undefined) {
    continue;
  }
  const member = checker.getPropertiesOfType(type).find(({ name }) => name === method);
  const [signature] = checker.getSignaturesOfType(checker.getTypeOfSymbol(member), SignatureKind.Call);
  const parameters = signature.parameters.map((_, place) => checker.getParameterType(signature, place));
  const given = parameters.at(-2);
  const params =
    given === undefined || given.flags & TypeFlags.String ? { fields: {} } : withoutAbsent(shapeOf(given));
  const answer = checker.typeToString(checker.getReturnTypeOfSignature(signature));
  calls[route] = { takes: params, gives: resultOf(signature, answer) };
}

function withoutAbsent(shape) {
  return Array.isArray(shape) ? shape.find((each) => each.fields) : shape;
}

/** `Promise<Response<X>>` gives an X, `ApiListPromise<X>` a list of X. */
function resultOf(signature, text) {
  const returned = checker.getReturnTypeOfSignature(signature);
  if (text.startsWith("ApiListPromise<")) {
    return { page: shapeOf(checker.getTypeArguments(returned)[0]) };
  }
  const [response] = checker.getTypeArguments(returned);
  const results = response.isUnionType() ? response.getTypes() : [response];
  const shapes = results.map((each) => shapeOf(each.isIntersectionType() ? each.getTypes()[0] : each));
  return oneOf(shapes);
}

const error = shapeOf(typeNamed("PaymentIntents.d.ts", "PaymentIntent.LastPaymentError"));

/** The objects the stand-in keeps; others it can only name by id. */
const kept = new Set([
  "balance",
  "balance_transaction",
  "charge",
  "confirmation_token",
  "customer",
  "customer deleted",
  "customer_session",
  "dispute",
  "event",
  "payment_intent",
  "payment_method",
  "payout",
  "radar.early_fraud_warning",
  "refund",
  "review",
  "setup_attempt",
  "setup_intent",
  "webhook_endpoint",
  "webhook_endpoint deleted",
]);
const objects = {};
for (let again = true; again;) {
  again = false;
  for (const [key, [type]] of waiting) {
    if (kept.has(key) && objects[key] === undefined) {
      objects[key] = {};
      objects[key] = fieldsOf(type, checker.getPropertiesOfType(type));
      again = true;
    }
  }
}

// The types leave an event's object open; fit.ts holds it against its own kind.
objects.event.fields.data = { fields: { object: "any", "previous_attributes?": "any" } };

const { version } = JSON.parse(readFileSync(new URL("package.json", packageFolder), "utf8"));
const unknown = [...mine].filter((route) => !known.has(route));
api.close();
writeFileSync(
  new URL("shapes.json", import.meta.url),
  JSON.stringify({ stripe: version, routesOfStripe: known.size, unknown, calls, objects, error }),
);
