/** POST /orders/:id/refund: a customer refunds their own unused credits, if the operator offers that. Takes the page's form or JSON. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod/mini";
import { callAccount } from "../account/call-account.ts";
import type { RefundAnswer } from "../account/refund-answer.ts";
import { isOrderId, isRefundId, type RefundId } from "../domain/ids.ts";
import type { Failure } from "../domain/failure.ts";
import { fail } from "./failure-response.ts";
import { isFormPost, readForm } from "./form-post.ts";
import { requireSession } from "./middleware/session.ts";
import { toRefundJson } from "./money-back-json.ts";
import { readJson } from "./read-json.ts";
import type { SignedInEnv } from "./web-env.ts";

const LARGEST_BODY_BYTES = 4 * 1024;

const refundRequest = z.strictObject({
  refund_id: z.string().check(z.refine(isRefundId, "must be rfd_ followed by 32 hexadecimal digits")),
});

export const refundRoutes = new Hono<SignedInEnv>().post(
  "/orders/:id/refund",
  requireSession,
  bodyLimit({
    maxSize: LARGEST_BODY_BYTES,
    onError: (c: Context<SignedInEnv>) => fail(c, { kind: "body_too_large", limitBytes: LARGEST_BODY_BYTES }),
  }),
  async (c) => {
    const orderId = c.req.param("id");
    if (!isOrderId(orderId)) {
      return fail(c, { kind: "order_not_found" });
    }
    const isForm = isFormPost(c);
    const read = isForm ? await readRefundId(c) : await readJson(c, refundRequest);
    if (!read.ok) {
      return fail(c, read.failure);
    }
    const { refund_id: refundId } = read.value;
    if (!isRefundId(refundId)) {
      return fail(c, { kind: "not_found" });
    }
    const { id } = c.get("account");
    const answer = await callAccount<RefundAnswer>(c.env, id, async (account) =>
      account.requestRefund(id, { refundId, orderId }),
    );
    if (!answer.ok) {
      return fail(c, answer.failure);
    }
    if (isForm) {
      return c.redirect(`/orders/${orderId}`, 303);
    }
    // Until Stripe's answer is known the refund stays requested, and recovery finishes it.
    return c.json({ refund: toRefundJson(answer.refund) }, answer.refund.state === "requested" ? 202 : 200);
  },
);

async function readRefundId(
  c: Context,
): Promise<{ ok: true; value: { refund_id: RefundId } } | { ok: false; failure: Failure }> {
  const { refund_id: refundId } = (await readForm(c)) ?? {};
  return typeof refundId === "string" && isRefundId(refundId)
    ? { ok: true, value: { refund_id: refundId } }
    : {
        ok: false,
        failure: {
          kind: "invalid_request",
          fields: [{ field: "refund_id", problem: "must be rfd_ followed by 32 hexadecimal digits" }],
        },
      };
}
