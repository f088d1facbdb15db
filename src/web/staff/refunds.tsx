/**
 * Refunding an order: GET …/quote says what it would do, POST …/refund does it. The refund's id is made with the quote,
 * and confirming sends back the credits the quote said would be owed. The quote uses GET so that the browser's Back
 * button returns to it; the note, which may name a person, is never in its URL.
 */
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import { callAccount } from "../../account/call-account.ts";
import type { QuoteAnswer, RefundAnswer } from "../../account/refund-answer.ts";
import type { Failure } from "../../domain/failure.ts";
import { isRefundId, type RefundId } from "../../domain/ids.ts";
import { type Cents, LARGEST_AMOUNT_CENTS, toCents } from "../../domain/money.ts";
import type { RefundReason } from "../../domain/refund.ts";
import type { KnownOrder } from "../../store/known-orders.ts";
import { fail, statusOf, wantsPage } from "../failure-response.ts";
import { limitBody } from "./limit-body.ts";
import { findKnownOrder, isLive, readOrder } from "./orders.tsx";
import { StaffOrderPage } from "./pages/order-page.tsx";
import type { RefundTyped } from "./pages/refund-form.tsx";
import { LONGEST_NOTE, type Quoted, RefundQuotePage } from "./pages/refund-quote-page.tsx";
import { readAmount } from "./read-amount.ts";
import { readQuery, readSent } from "./read-form.ts";
import { toQuoteJson, toStaffRefundJson } from "./staff-json.ts";
import type { StaffEnv } from "./staff-env.ts";
import { refundSentence, sentenceForStaff } from "./staff-sentences.ts";

const reason = z._default(
  z.enum(["requested_by_customer", "duplicate", "fraudulent"]),
  "requested_by_customer",
);
const note = z._default(z.string().check(z.trim(), z.maxLength(LONGEST_NOTE)), "");

const quoteRequest = z.strictObject({
  /** As typed, in the currency's major unit: `12.50`. Empty means all that is left. */
  amount: z._default(z.string().check(z.maxLength(40)), ""),
  reason,
});

/** A whole number; a form sends it as text. */
const figure = (smallest: number, largest: number) =>
  z.pipe(
    z.union([z.int(), z.string().check(z.regex(/^\d{1,16}$/, "must be a whole number"))]),
    z.pipe(
      z.transform((text: number | string) => Number(text)),
      z.int().check(z.minimum(smallest), z.maximum(largest)),
    ),
  );

const refundRequest = z.strictObject({
  refund_id: z.string().check(z.refine(isRefundId, "must be rfd_ and 32 hexadecimal digits")),
  amount_cents: figure(1, LARGEST_AMOUNT_CENTS),
  /** The credits the quote said would be owed. If the refund would now leave more owed, staff must confirm again. */
  credits_owed: figure(0, Number.MAX_SAFE_INTEGER),
  reason,
  note,
});

type Confirmed = {
  refundId: RefundId;
  amountCents: Cents;
  creditsOwed: number;
  reason: RefundReason;
  note: string;
};

export const staffRefundRoutes = new Hono<StaffEnv>()
  // After a fresh sign-in at Cloudflare Access, the browser comes back here with GET.
  .get("/admin/orders/:id/refund", (c) =>
    c.redirect(`/admin/orders/${encodeURIComponent(c.req.param("id"))}`, 303),
  )

  .get("/admin/orders/:id/quote", async (c) => {
    const { deps } = c.var;
    const known = await findKnownOrder(deps.db, c.req.param("id"));
    if (known === null) {
      return fail(c, { kind: "order_not_found" });
    }
    const sent = readQuery(c, quoteRequest);
    if (!sent.ok) {
      return refuse(c, known, sent.failure);
    }
    const typed: RefundTyped = sent.value;
    const amount = readAmount(typed.amount, known.order.currency);
    if (!amount.ok) {
      const fields = [{ field: "amount", problem: amount.problem }];
      return refuse(c, known, { kind: "invalid_request", fields }, { ...typed, error: amount.problem });
    }
    const answer = await quote(c, known, amount.cents);
    if (!answer.ok) {
      const isAmount =
        answer.failure.kind === "refund_exceeds_rest" || answer.failure.kind === "refund_not_in_steps";
      const error = isAmount ? { error: sentenceForStaff(answer.failure) } : {};
      return refuse(c, known, answer.failure, { ...typed, ...error });
    }
    const quoted: Quoted = {
      refundId: deps.newId("rfd"),
      quote: answer.quote,
      reason: sent.value.reason,
      note: "",
    };
    if (wantsPage(c)) {
      return quotePage(c, known, quoted);
    }
    return c.json({ quote: toQuoteJson(quoted.quote), refund_id: quoted.refundId });
  })

  .post("/admin/orders/:id/refund", limitBody, async (c) => {
    const { deps, staff } = c.var;
    const known = await findKnownOrder(deps.db, c.req.param("id"));
    if (known === null) {
      return fail(c, { kind: "order_not_found" });
    }
    const sent = await readSent(c, refundRequest);
    if (!sent.ok) {
      return refuse(c, known, sent.failure);
    }
    const confirmed = toConfirmed(sent.value);
    if (confirmed === null) {
      return fail(c, { kind: "not_found" });
    }
    const { accountId, id: orderId } = known.order;
    const answer = await callAccount<RefundAnswer>(c.env, accountId, async (account) =>
      account.refundOrder(accountId, {
        refundId: confirmed.refundId,
        orderId,
        amount: confirmed.amountCents,
        reason: confirmed.reason,
        actor: staff,
        note: confirmed.note === "" ? null : confirmed.note,
        mostOwed: confirmed.creditsOwed,
      }),
    );
    if (!answer.ok) {
      return answer.failure.kind === "refund_quote_changed" && wantsPage(c)
        ? quoteAnew(c, known, confirmed, answer.failure)
        : refuse(c, known, answer.failure);
    }
    if (wantsPage(c)) {
      return c.redirect(`/admin/orders/${orderId}#${confirmed.refundId}`, 303);
    }
    // Until Stripe's answer is known the refund stays requested, and recovery finishes it.
    const isOver = answer.refund.state !== "requested";
    return c.json({ refund: toStaffRefundJson(answer.refund) }, isOver ? 200 : 202);
  });

/** Shows the quote again, because the refund would now leave more credits owed than was agreed to. */
async function quoteAnew(
  c: Context<StaffEnv>,
  known: KnownOrder,
  { refundId, amountCents, reason: why, note: noted }: Confirmed,
  failure: Failure,
): Promise<Response> {
  const answer = await quote(c, known, amountCents);
  return answer.ok
    ? quotePage(c, known, { refundId, quote: answer.quote, reason: why, note: noted }, failure)
    : refuse(c, known, answer.failure);
}

function quote(c: Context<StaffEnv>, { order }: KnownOrder, amount: Cents | null): Promise<QuoteAnswer> {
  return callAccount<QuoteAnswer>(c.env, order.accountId, async (account) =>
    account.quoteRefund(order.accountId, order.id, amount),
  );
}

function quotePage(
  c: Context<StaffEnv>,
  known: KnownOrder,
  quoted: Quoted,
  failure?: Failure,
): Response | Promise<Response> {
  const { deps, staff } = c.var;
  return c.html(
    <RefundQuotePage
      seller={deps.settings.seller}
      staff={staff}
      known={known}
      quoted={quoted}
      {...(failure !== undefined && { problem: sentenceForStaff(failure) })}
    />,
    failure === undefined ? 200 : statusOf(failure),
  );
}

/** Shows a failure on the order's page, with its current state; beside the amount field if `typed` has an error. */
async function refuse(
  c: Context<StaffEnv>,
  known: KnownOrder,
  failure: Failure,
  typed?: RefundTyped,
): Promise<Response> {
  const { deps, staff } = c.var;
  const seen = wantsPage(c) ? await readOrder(deps, known.order.id) : null;
  if (seen === null) {
    return fail(c, failure);
  }
  return c.html(
    <StaffOrderPage
      seller={deps.settings.seller}
      staff={staff}
      seen={seen}
      isLive={isLive(deps)}
      {...(typed?.error === undefined && { problem: refundSentence(failure, seen.back) })}
      {...(typed !== undefined && { typed })}
    />,
    statusOf(failure),
  );
}

function toConfirmed(sent: z.infer<typeof refundRequest>): Confirmed | null {
  return isRefundId(sent.refund_id)
    ? {
        refundId: sent.refund_id,
        amountCents: toCents(sent.amount_cents),
        creditsOwed: sent.credits_owed,
        reason: sent.reason,
        note: sent.note,
      }
    : null;
}
