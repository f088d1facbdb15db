/** Placing and settling orders, over JSON. The order pages are in order-pages.tsx. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod/mini";
import type { OrderAnswer } from "../account/answer.ts";
import { callAccount } from "../account/call-account.ts";
import { toCredits } from "../domain/credits.ts";
import { isCardId, isOrderId } from "../domain/ids.ts";
import { LARGEST_AMOUNT_CENTS, toCents } from "../domain/money.ts";
import { isEnded } from "../domain/order.ts";
import type { TraceStep } from "../domain/trace.ts";
import type { Placing } from "../operations/place-order.ts";
import { fail } from "./failure-response.ts";
import { isFormPost } from "./form-post.ts";
import { limitByAddress } from "./middleware/limit-by-address.ts";
import { requireSession } from "./middleware/session.ts";
import { toOrderJson } from "./order-json.ts";
import { readJson } from "./read-json.ts";
import { toTraceJson } from "./trace-json.ts";
import type { SignedInEnv } from "./web-env.ts";

/** A real order is a few hundred bytes, far below this. */
const LARGEST_BODY_BYTES = 16 * 1024;

const orderRequest = z.pipe(
  z.strictObject({
    order_id: z.string().check(z.refine(isOrderId, "must be ord_ followed by 32 hexadecimal digits")),
    credits: z.int().check(z.positive(), z.maximum(1_000_000_000)),
    amount_cents: z.optional(z.int().check(z.positive(), z.maximum(LARGEST_AMOUNT_CENTS))),
    confirmation_token: z.optional(
      z.string().check(z.regex(/^ctoken_\w{1,200}$/, "must be a Stripe confirmation token")),
    ),
    card_id: z.optional(
      z.string().check(z.refine(isCardId, "must be crd_ followed by 32 hexadecimal digits")),
    ),
    save_card: z._default(z.boolean(), false),
  }),
  z.transform((asked, context): Placing => {
    const { order_id: orderId, confirmation_token: confirmationToken, card_id: cardId } = asked;
    const credits = toCredits(asked.credits);
    const agreed = asked.amount_cents === undefined ? {} : { agreedCents: toCents(asked.amount_cents) };
    if (isOrderId(orderId) && confirmationToken !== undefined && cardId === undefined) {
      const payWith = { kind: "new_card", confirmationToken, saveCard: asked.save_card } as const;
      return { orderId, content: { credits, payWith }, ...agreed };
    }
    if (isOrderId(orderId) && cardId !== undefined && isCardId(cardId) && confirmationToken === undefined) {
      return { orderId, content: { credits, payWith: { kind: "saved_card", cardId } }, ...agreed };
    }
    context.issues.push({
      code: "custom",
      path: [cardId === undefined ? "confirmation_token" : "card_id"],
      message: "send either confirmation_token or card_id",
      input: asked,
    });
    return z.NEVER;
  }),
);

export const orderRoutes = new Hono<SignedInEnv>()
  .post(
    "/orders",
    limitByAddress("ORDER_LIMIT"),
    requireSession,
    bodyLimit({
      maxSize: LARGEST_BODY_BYTES,
      onError: (c: Context<SignedInEnv>) =>
        fail(c, { kind: "body_too_large", limitBytes: LARGEST_BODY_BYTES }),
    }),
    async (c) => {
      const read = await readJson(c, orderRequest);
      if (!read.ok) {
        return fail(c, read.failure);
      }
      const { id } = c.get("account");
      const answer = await callAccount<OrderAnswer>(c.env, id, async (account) =>
        account.placeOrder(id, read.value),
      );
      c.executionCtx.waitUntil(callAccount(c.env, id, (account) => account.tidy(id)));
      return answerOrder(c, answer);
    },
  )
  .post("/orders/:id/settle", limitByAddress("SETTLE_LIMIT"), requireSession, async (c) => {
    const orderId = c.req.param("id");
    if (!isOrderId(orderId)) {
      return fail(c, { kind: "order_not_found" });
    }
    const { id } = c.get("account");
    const answer = await callAccount<OrderAnswer>(c.env, id, async (account) =>
      account.settleOrder(id, orderId),
    );
    c.executionCtx.waitUntil(callAccount(c.env, id, (account) => account.tidy(id)));
    return isFormPost(c) && isKnown(answer)
      ? c.redirect(`/orders/${orderId}`, 303)
      : answerOrder(c, answer, answer.trace);
  });

/** Whether the order's state is known, in which case its own page tells the customer everything. */
function isKnown(answer: OrderAnswer): boolean {
  return answer.ok || (answer.order !== null && isEnded(answer.order));
}

/**
 * The response about an order: 200 if paid, 202 if still in progress, otherwise the failure. With `trace` it also
 * lists the steps found, which answers "I paid, where is it?".
 */
function answerOrder(
  c: Context<SignedInEnv>,
  answer: OrderAnswer,
  trace?: readonly TraceStep[],
): Response | Promise<Response> {
  if (!answer.ok) {
    return fail(c, answer.failure, answer.order ?? undefined, trace);
  }
  const found = { order: toOrderJson(answer.order), ...(trace && { trace: toTraceJson(trace) }) };
  return answer.order.state === "paid"
    ? c.json({ ...found, balance: answer.balance })
    : c.json({ ...found, client_secret: answer.clientSecret }, 202);
}
