/** Expansion (https://docs.stripe.com/api/expanding_objects): ids become the objects they name. */
import type { Form } from "./form.ts";
import { all, findAny, idOf } from "./objects.ts";
import { refuseParameter } from "./refusals.ts";
import type { Sandbox } from "./sandbox.ts";

/** Fields that hold an id or the object, by the object they are in. */
const expandable: Record<string, readonly string[]> = {
  balance_transaction: ["source"],
  charge: [
    "application",
    "application_fee",
    "balance_transaction",
    "customer",
    "failure_balance_transaction",
    "on_behalf_of",
    "payment_intent",
    "review",
    "source_transfer",
    "transfer",
  ],
  customer: ["default_source", "test_clock"],
  dispute: ["charge", "payment_intent"],
  payment_intent: [
    "application",
    "customer",
    "latest_charge",
    "on_behalf_of",
    "payment_method",
    "payment_record",
    "review",
    "source",
  ],
  payment_method: ["customer"],
  payout: ["balance_transaction", "destination", "failure_balance_transaction"],
  "radar.early_fraud_warning": ["charge", "payment_intent"],
  refund: [
    "balance_transaction",
    "charge",
    "customer",
    "failure_balance_transaction",
    "payment_intent",
    "payment_method",
    "source_transfer_reversal",
    "transfer_reversal",
  ],
  setup_attempt: ["application", "customer", "on_behalf_of", "payment_method", "setup_intent"],
  setup_intent: [
    "application",
    "customer",
    "latest_attempt",
    "mandate",
    "on_behalf_of",
    "payment_method",
    "single_use_mandate",
  ],
};

/** Fields inside an object's nested parts that can be expanded too. */
const nested = new Set(["default_payment_method", "mandate", "setup_attempt"]);

type Json = Record<string, unknown>;

/** The reply with everything expanded that the request asked for, four levels at most. */
export function expandReply(sandbox: Sandbox, body: object, asked: Form | undefined): object {
  if (!Array.isArray(asked)) {
    return body;
  }
  let reply = body;
  for (const path of asked) {
    const steps = typeof path === "string" ? path.split(".") : [];
    if (steps.length > (steps[0] === "data" ? 5 : 4)) {
      refuseParameter(
        `You can only expand up to 4 levels, but '${steps.join(".")}' has ${steps.length}.`,
        "expand",
      );
    }
    reply = expandAt(sandbox, { ...reply }, steps, steps.join("."));
  }
  return reply;
}

function expandAt(sandbox: Sandbox, reply: Json, steps: string[], path: string): Json {
  const [step, ...rest] = steps;
  if (step === undefined) {
    return reply;
  }
  const value = reply[step];
  const kind = typeof reply["object"] === "string" ? reply["object"] : null;
  if (kind === "list" && step === "data" && Array.isArray(value)) {
    const data = value.map((item: unknown) =>
      isJson(item) ? expandAt(sandbox, { ...item }, rest, path) : item,
    );
    return { ...reply, data };
  }
  if (kind === "charge" && step === "refunds") {
    return { ...reply, refunds: expandAt(sandbox, refundsOf(sandbox, reply), rest, path) };
  }
  const may = kind === null ? nested.has(step) : expandable[kind]?.includes(step) === true;
  if (may && (value === null || value === undefined)) {
    return reply;
  }
  if (may && typeof value === "string") {
    const found = findAny(sandbox, value);
    return found === null ? reply : { ...reply, [step]: expandAt(sandbox, { ...found }, rest, path) };
  }
  if (isJson(value) && rest.length > 0) {
    return { ...reply, [step]: expandAt(sandbox, { ...value }, rest, path) };
  }
  if (may && isJson(value)) {
    return reply;
  }
  const hint = kind === "list" ? ` You may want to try expanding 'data.${path}' instead?` : "";
  return refuseParameter(`This property cannot be expanded (${path}).${hint}`, "expand");
}

function refundsOf(sandbox: Sandbox, charge: Json): Json {
  const refunds = all(sandbox, "refund").filter((refund) => idOf(refund.charge) === charge["id"]);
  return {
    object: "list",
    data: refunds.slice(0, 10),
    has_more: refunds.length > 10,
    url: `/v1/charges/${String(charge["id"])}/refunds`,
  };
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
