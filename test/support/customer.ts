/** A customer at the front door: signs in by e-mail, types cards, orders credits, reads the account page. */
import { exports } from "cloudflare:workers";
import * as z from "zod";
import { goodAddress, typedCard } from "../stand-in/stripe/support.ts";

export const ORIGIN = "http://localhost:8787";

const orderJson = z.object({
  id: z.string(),
  state: z.enum(["placed", "verifying", "paying", "paid", "refused", "declined", "abandoned"]),
  credits: z.number(),
  amount_cents: z.number(),
  currency: z.string(),
  card: z.object({ brand: z.string(), last4: z.string() }).nullable(),
  confirmed_at: z.string().nullable(),
  receipt_number: z.number().nullable(),
  refused_fields: z.array(z.string()).nullable(),
  decline_code: z.string().nullable(),
});
export type OrderJson = z.infer<typeof orderJson>;

const orderAnswer = z.object({
  order: orderJson.optional(),
  balance: z.number().optional(),
  client_secret: z.string().nullable().optional(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      request_id: z.string(),
      fields: z.array(z.string()).optional(),
      problems: z.record(z.string(), z.string()).optional(),
      decline_code: z.string().optional(),
      order: orderJson.optional(),
    })
    .optional(),
});
export type OrderAnswer = z.infer<typeof orderAnswer> & { status: number; retryAfter: string | null };

const accountAnswer = z.object({
  account: z.object({ id: z.string(), email: z.string(), name: z.string().nullable(), balance: z.number() }),
  orders: z.array(orderJson),
  saved_cards: z.array(z.object({ id: z.string(), brand: z.string(), last4: z.string() })),
});

/** What a customer buys; by default, 1,000 credits with a new Visa that passes. */
export type Purchase = {
  orderId?: string;
  credits?: number;
  /** A card number to type. */
  card?: string;
  address?: Record<string, string>;
  /** A token made earlier, instead of typing a card. */
  token?: string;
  /** One of the account's own cards. */
  cardId?: string;
  save?: boolean;
};

export type Customer = Awaited<ReturnType<typeof signedInCustomer>>;

/** An order id, as the browser makes it. */
export function newOrderId(): string {
  return `ord_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** A customer with an e-mail address, signed in by the link sent to it. */
export async function signedInCustomer(email = `${crypto.randomUUID().slice(0, 8)}@example.com`) {
  const cookie = await signIn(email);

  function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("Cookie")) {
      headers.set("Cookie", cookie);
    }
    if (!headers.has("Accept")) {
      headers.set("Accept", "application/json");
    }
    return exports.default.fetch(new Request(`${ORIGIN}${path}`, { redirect: "manual", ...init, headers }));
  }

  async function post(path: string, body: unknown): Promise<OrderAnswer> {
    const response = await request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = orderAnswer.parse(await response.json());
    return { ...answer, status: response.status, retryAfter: response.headers.get("Retry-After") };
  }

  async function account(): Promise<z.infer<typeof accountAnswer>> {
    const response = await request("/account");
    return accountAnswer.parse(await response.json());
  }

  return {
    email,
    cookie,
    request,
    post,
    account,
    typesCard,

    /** Types a card, or chooses one of the account's, and places an order. */
    async buys(purchase: Purchase = {}): Promise<OrderAnswer> {
      const { orderId = newOrderId(), credits = 1000, card = "4242424242424242", save = true } = purchase;
      const payment =
        purchase.cardId === undefined
          ? {
              confirmation_token: purchase.token ?? (await typesCard(card, purchase.address)),
              save_card: save,
            }
          : { card_id: purchase.cardId };
      return post("/orders", { order_id: orderId, credits, ...payment });
    },

    /** What the page does when the customer comes back from a challenge, or asks where the payment is. */
    settles(orderId: string): Promise<OrderAnswer> {
      return post(`/orders/${orderId}/settle`, {});
    },

    async order(orderId: string): Promise<OrderJson> {
      const response = await request(`/orders/${orderId}`);
      return z.object({ order: orderJson }).parse(await response.json()).order;
    },

    async balance(): Promise<number> {
      return (await account()).account.balance;
    },
  };
}

/** Types a card into Stripe's fields, and returns the single-use token that the page gets for it. */
function typesCard(number: string, address: Record<string, string> = goodAddress): Promise<string> {
  return typedCard(number, { address });
}

/** Signs in by e-mail: asks for the link, opens it, and keeps the session's cookie. */
async function signIn(email: string): Promise<string> {
  await submit("/sign-in", { email });
  const mailbox = await exports.default.fetch(
    `${ORIGIN}/stand-in/mailbox.json?to=${encodeURIComponent(email)}`,
  );
  const mails = z.union([z.array(mail), z.object({ mails: z.array(mail) })]).parse(await mailbox.json());
  const [newest] = Array.isArray(mails) ? mails : mails.mails;
  const link = /\/sign-in\/[\w-]+/.exec(newest?.text ?? "")?.[0];
  if (link === undefined) {
    throw new Error("There is no sign-in link in the mailbox");
  }
  const response = await submit(link, {});
  const cookie = response.headers.get("Set-Cookie")?.split(";")[0];
  if (cookie === undefined) {
    throw new Error(`Signing in gave no session: ${response.status} ${await response.text()}`);
  }
  return cookie;
}

const mail = z.object({ text: z.string() });

function submit(path: string, fields: Record<string, string>): Promise<Response> {
  return exports.default.fetch(
    new Request(`${ORIGIN}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: { Origin: ORIGIN, Accept: "text/html" },
      body: new URLSearchParams(fields),
    }),
  );
}
