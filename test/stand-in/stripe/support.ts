/** What the stand-in's own tests share: the real SDK pointed at it, its switches, and a browser's calls. */
import { env, exports } from "cloudflare:workers";
import Stripe from "stripe";
import { z } from "zod";

/** The real SDK, without its retries: a test decides itself when to ask again. */
export const stripe = new Stripe("sk_test_standin", {
  httpClient: Stripe.createFetchHttpClient((input, init) => env.STRIPE.fetch(input, init)),
  maxNetworkRetries: 0,
});

const origin = "http://localhost:8787";

/** Sets one of the stand-in's switches and returns the answer. */
export async function control(path: string, settings: object = {}): Promise<unknown> {
  const response = await exports.default.fetch(`${origin}/stand-in${path}`, {
    method: "POST",
    body: JSON.stringify(settings),
  });
  if (!response.ok) {
    throw new Error(`${path}: ${await response.text()}`);
  }
  return response.json();
}

/** Reads one of the stand-in's pages as JSON. */
export async function read(path: string): Promise<unknown> {
  const response = await exports.default.fetch(`${origin}/stand-in${path}`);
  return response.json();
}

/** Empties the stand-in, as before every test. */
export async function reset(): Promise<void> {
  await control("/reset");
}

/** Moves the stand-in's clock. */
export async function advance(time: { days?: number; hours?: number; seconds?: number }): Promise<void> {
  const seconds = (time.days ?? 0) * 86_400 + (time.hours ?? 0) * 3600 + (time.seconds ?? 0);
  await control("/clock", { advance_seconds: seconds });
}

/** Calls the API over HTTP, with the publishable key unless another is given. */
export async function ask(
  method: "GET" | "POST" | "DELETE",
  path: string,
  form: Record<string, string> = {},
  headers: Record<string, string> = { authorization: "Bearer pk_test_standin" },
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const encoded = new URLSearchParams(form).toString();
  const response = await exports.default.fetch(
    `${origin}/stand-in/stripe${path}${method === "POST" || encoded === "" ? "" : `?${encoded}`}`,
    {
      method,
      headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
      ...(method === "POST" ? { body: encoded } : {}),
    },
  );
  return {
    status: response.status,
    headers: response.headers,
    body: z.record(z.string(), z.unknown()).parse(await response.json()),
  };
}

export const goodAddress = {
  line1: "1 Market St",
  city: "San Francisco",
  state: "CA",
  postal_code: "94105",
  country: "US",
};

/** A card typed into the page: a confirmation token, made with the publishable key. */
export async function typedCard(
  number: string,
  given: { cvc?: string; address?: Record<string, string> } = {},
): Promise<string> {
  const form: Record<string, string> = {
    "payment_method_data[type]": "card",
    "payment_method_data[card][number]": number,
    "payment_method_data[card][exp_month]": "12",
    "payment_method_data[card][exp_year]": "2034",
    "payment_method_data[billing_details][name]": "Ada Lovelace",
    "payment_method_data[billing_details][email]": "ada@example.com",
    return_url: "https://shop.example/return",
  };
  const cvc = given.cvc ?? (number.startsWith("3") ? "1234" : "123");
  if (cvc !== "") {
    form["payment_method_data[card][cvc]"] = cvc;
  }
  for (const [name, value] of Object.entries(given.address ?? goodAddress)) {
    form[`payment_method_data[billing_details][address][${name}]`] = value;
  }
  const { status, body } = await ask("POST", "/v1/confirmation_tokens", form);
  if (status !== 200 || typeof body["id"] !== "string") {
    throw new Error(JSON.stringify(body));
  }
  return body["id"];
}

/** Ends a challenge as the bank's page would. */
export async function challenge(
  intent: { client_secret: string | null },
  outcome: "authenticated" | "failed",
): Promise<void> {
  const { status, body } = await ask("POST", "/challenge", {
    client_secret: intent.client_secret ?? "",
    outcome,
  });
  if (status !== 200) {
    throw new Error(JSON.stringify(body));
  }
}

/** The error with which a call ends; fails the test if it succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) {
      return error;
    }
    throw error;
  }
  throw new Error("The call succeeded, and should not have.");
}

/** Every event's type, oldest first. */
export async function eventTypes(): Promise<string[]> {
  const events = await stripe.events.list({ limit: 100 });
  return events.data.map((event) => event.type).toReversed();
}

/** A customer to attach cards to. */
export async function newCustomer(): Promise<Stripe.Customer> {
  return stripe.customers.create({ email: "ada@example.com", name: "Ada Lovelace" });
}

/** Saves a card as the product does: a setup intent, created and confirmed with the token. */
export async function saveCard(
  customer: string,
  token: string,
): Promise<
  Stripe.SetupIntent & { latest_attempt: Stripe.SetupAttempt; payment_method: Stripe.PaymentMethod }
> {
  const intent = await stripe.setupIntents.create({
    customer,
    confirm: true,
    confirmation_token: token,
    usage: "off_session",
    allowed_payment_method_types: ["card"],
    return_url: "https://shop.example/return",
    metadata: { order: "ord_1" },
    expand: ["latest_attempt", "payment_method"],
  });
  const { latest_attempt: attempt, payment_method: method } = intent;
  if (attempt === null || typeof attempt === "string" || method === null || typeof method === "string") {
    throw new Error("The setup intent was not expanded.");
  }
  return { ...intent, latest_attempt: attempt, payment_method: method };
}

/** Charges a saved card as the product does. */
export async function charge(
  customer: string,
  paymentMethod: string,
  more: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 5000,
    currency: "usd",
    customer,
    payment_method: paymentMethod,
    confirm: true,
    capture_method: "automatic",
    allowed_payment_method_types: ["card"],
    return_url: "https://shop.example/return",
    use_stripe_sdk: true,
    expand: ["latest_charge.balance_transaction"],
    ...more,
  });
}

/** A customer who has bought once, with a card typed into the page. */
export async function boughtWith(
  number: string,
): Promise<{ customer: string; method: string; paid: Stripe.PaymentIntent }> {
  const customer = await newCustomer();
  const setup = await saveCard(customer.id, await typedCard(number));
  const paid = await charge(customer.id, setup.payment_method.id);
  return { customer: customer.id, method: setup.payment_method.id, paid };
}

/** The charge inside an intent that was asked for with `expand`. */
export function chargeOf(intent: Stripe.PaymentIntent): Stripe.Charge {
  const { latest_charge: latest } = intent;
  if (latest === null || typeof latest === "string") {
    throw new Error("The charge was not expanded.");
  }
  return latest;
}

/** A header of the answer; the SDK hands the fetch client's headers through as they are. */
export function headerOf(answer: Stripe.Response<object>, name: string): string | null {
  return new Headers(answer.lastResponse.headers).get(name);
}
