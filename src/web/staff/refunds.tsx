/**
 * Refunding an order: GET …/quote says what it would do, POST …/refund does it. The refund's id is made with the
 * quote, and whoever confirms sends back what the quote said would be owed. The quote is a page that is asked for, so
 * that a browser's Back comes to it; the note, which may name somebody, is never in its address.
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
  /** As typed, in the currency's own unit: `12.50`. Empty is all that is left. */
  amount: z._default(z.string().check(z.maxLength(40)), ""),
  reason,
});

/** A form sends figures as text. */
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
  /** What the quote said would be owed: more than that is never done without being said. */
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
  // Coming back here after signing in again, a browser asks with GET.
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
    // Until Stripe's answer is known the refund stands, and is finished by itself.
    const isOver = answer.refund.state !== "requested";
    return c.json({ refund: toStaffRefundJson(answer.refund) }, isOver ? 200 : 202);
  });

/** Says anew what the refund would do: it is not what was agreed to any more, for more would be owed. */
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

/** Tells of a failure on the order's own page, as it is now; beside the field it is about, where `typed` says so. */
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
