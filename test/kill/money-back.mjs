// Money goes back while customers buy: staff refund in the product or at Stripe, cardholders dispute, banks decide.
// @ts-check
import { randomUUID } from "node:crypto";
import { oneOf } from "./chance.mjs";

/**
 * @typedef {{ id: string, orderId: string, amountCents: number }} Refund
 * @typedef {{ requests: number, cutOff: number, moneyBack: number }} Counts
 */

const SECRET = { Authorization: "Bearer sk_test_standin" };
/** This cookie makes a request one by staff: the stand-in signs it as Cloudflare Access would. */
const STAFF = { Cookie: "stand_in_staff=staff@example.com" };
const MOST_ATTEMPTS = 60;
/** More than anyone could owe, so that whatever the refund takes is agreed to. */
const ANY_CREDITS = 1_000_000_000;

/**
 * Sends money back until the time is up; refunds requested in the product are remembered, to be requested again later.
 * @param {string} address
 * @param {() => number} random
 * @param {number} until
 * @param {Refund[]} refunds
 * @param {Counts} counts
 */
export async function sendMoneyBackForAWhile(address, random, until, refunds, counts) {
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    try {
      const payments = await list(address, "payment_intents");
      const paid = payments.filter(({ status }) => status === "succeeded");
      if (paid.length > 0) {
        await sendBack(address, random, oneOf(random, paid), refunds, counts);
        counts.moneyBack += 1;
      }
    } catch {
      counts.cutOff += 1;
    }
  }
}

/**
 * @param {string} address
 * @param {() => number} random
 * @param {any} payment
 * @param {Refund[]} refunds
 * @param {Counts} counts
 */
async function sendBack(address, random, payment, refunds, counts) {
  const cents = random() < 0.2 ? payment.amount : Math.ceil((random() * payment.amount) / 2);
  const chosen = random();
  if (chosen < 0.4) {
    const id = `rfd_${randomUUID().replaceAll("-", "")}`;
    const refund = { id, orderId: payment.metadata.order_id, amountCents: cents };
    refunds.push(refund);
    // Sometimes twice at once, and sometimes together with an earlier one again.
    const asked =
      random() < 0.2 ? [refund, refund] : random() < 0.3 ? [refund, oneOf(random, refunds)] : [refund];
    await Promise.all(asked.map((one) => askRefund(address, one, counts)));
  } else if (chosen < 0.6) {
    await fetch(`${address}/stand-in/stripe/v1/refunds`, {
      method: "POST",
      headers: SECRET,
      body: new URLSearchParams({ payment_intent: payment.id, amount: String(cents) }),
    });
  } else if (chosen < 0.8) {
    await control(address, "disputes", {
      payment_intent: payment.id,
      amount: cents,
      inquiry: random() < 0.3,
    });
  } else {
    const disputes = await list(address, "disputes");
    if (disputes.length > 0) {
      const status = oneOf(random, ["won", "won", "lost", "needs_response"]);
      await control(address, "disputes/move", { id: oneOf(random, disputes).id, status });
    }
  }
}

/**
 * Requests every refund again until it has an answer.
 * @param {string} address
 * @param {readonly Refund[]} refunds
 */
export async function settleRefunds(address, refunds) {
  const counts = { requests: 0, cutOff: 0, moneyBack: 0 };
  for (const refund of refunds) {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const status = await askRefund(address, refund, counts).catch(() => 0);
      if (status === 200 || (status >= 400 && status < 500 && status !== 429)) {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/**
 * @param {string} address
 * @param {Refund} refund
 * @param {Counts} counts
 */
async function askRefund(address, { id, orderId, amountCents }, counts) {
  counts.requests += 1;
  const response = await fetch(`${address}/admin/orders/${orderId}/refund`, {
    method: "POST",
    headers: { ...STAFF, Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify({
      refund_id: id,
      amount_cents: amountCents,
      credits_owed: ANY_CREDITS,
      reason: "requested_by_customer",
      note: "",
    }),
  });
  await response.body?.cancel();
  return response.status;
}

/**
 * @param {string} address
 * @param {string} what
 * @param {object} given
 */
function control(address, what, given) {
  return fetch(`${address}/stand-in/stripe/${what}`, { method: "POST", body: JSON.stringify(given) });
}

/**
 * @param {string} address
 * @param {string} what
 * @returns {Promise<any[]>}
 */
async function list(address, what) {
  const response = await fetch(`${address}/stand-in/stripe/v1/${what}?limit=100`, { headers: SECRET });
  const { data } = await response.json();
  return data;
}
