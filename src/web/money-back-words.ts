/** An order's refunds and disputes, in words its customer understands. */
import { isContested, stageOf } from "../domain/dispute.ts";
import type { Instant } from "../domain/instant.ts";
import {
  creditsBackFor,
  creditsFor,
  goneBack,
  type MoneyBack,
  sharesOf,
  toSources,
} from "../domain/money-back.ts";
import type { Order } from "../domain/order.ts";
import { creditsText, moneyText } from "../amount-text.ts";
import { ORDER_STATES } from "./order-words.ts";

export type Tone = "open" | "good" | "bad" | "quiet";

/** One refund or dispute: when it began, a short label, and a sentence that explains it. */
export type Happening = { at: Instant; word: string; tone: Tone; sentence: string };

/** The order's state as a short label, taking refunds and disputes into account. */
export function standingOf(order: Order, back: MoneyBack | undefined): { word: string; tone: Tone } {
  if (order.state !== "paid" || back === undefined) {
    return ORDER_STATES[order.state];
  }
  const stages = new Set(back.disputes.map(stageOf));
  if (stages.has("open") || stages.has("appeal")) {
    return { word: "Disputed", tone: "bad" };
  }
  const gone = goneBack(order, toSources(back.refunds, back.disputes));
  if (gone === 0) {
    return back.refunds.some(({ state }) => state === "requested")
      ? { word: "Refund in progress", tone: "open" }
      : ORDER_STATES[order.state];
  }
  if (back.refunds.some(({ state }) => state === "pending")) {
    return { word: "Refund pending", tone: "open" };
  }
  if (gone < order.amountCents) {
    return { word: "Partly refunded", tone: "quiet" };
  }
  return { word: stages.has("lost") ? "Returned by the bank" : "Refunded", tone: "quiet" };
}

/** A sentence about the money that went back for a paid order; null if none did. */
export function moneyBackSentence(order: Order, back: MoneyBack | undefined): string | null {
  if (order.state !== "paid" || back === undefined) {
    return null;
  }
  const sources = toSources(back.refunds, back.disputes);
  const gone = goneBack(order, sources);
  const taken = creditsFor(order, gone);
  const contested = back.disputes.filter(isContested);
  if (contested.length > 0) {
    const shares = sharesOf(order, sources);
    const held = contested.reduce((sum, { id }) => sum + (shares.get(id) ?? 0), 0);
    const meanwhile = held === 0 ? "" : `, so ${areTakenText(held)} for now`;
    const before =
      taken > held
        ? ` Another ${creditsText(taken - held)} left your balance for money already returned.`
        : "";
    return `This payment is disputed with your bank${meanwhile}.${before}`;
  }
  if (gone === 0) {
    return null;
  }
  const parts = partsOf(order, back);
  const left =
    taken === 0
      ? ""
      : `, and ${parts.length === 1 ? "its" : "their"} ${creditsText(taken)} left your balance`;
  return `${listed.format(parts)}${left}.`;
}

const listed = new Intl.ListFormat("en", { style: "narrow" });

/** The amounts that went back, grouped by how: refunded, on their way, or returned by the bank. */
function partsOf(order: Order, { refunds, disputes }: MoneyBack): string[] {
  const lost = disputes.filter((dispute) => stageOf(dispute) === "lost");
  const ways = [
    { by: refunds.filter(({ state }) => state === "succeeded"), words: "was refunded" },
    { by: refunds.filter(({ state }) => state === "pending"), words: "is on its way back" },
    { by: lost, words: "was returned by your bank" },
  ];
  return ways
    .filter(({ by }) => by.length > 0)
    .map(({ by, words }) => {
      const cents = by.reduce((sum, { amountCents }) => sum + amountCents, 0);
      return `${moneyText(cents, order.currency)} ${words}`;
    });
}

/** Every refund and dispute of the order, oldest first, in words. */
export function happeningsOf(order: Order, back: MoneyBack): Happening[] {
  const sources = toSources(back.refunds, back.disputes);
  const shares = sharesOf(order, sources);
  const money = (cents: number) => moneyText(cents, order.currency);
  const happenings: Happening[] = [];
  for (const { state, amountCents, stripeRefundId, requestedAt, actor } of back.refunds) {
    const at = requestedAt;
    const taken = tookText(shares.get(stripeRefundId ?? "") ?? 0);
    switch (state) {
      case "requested": {
        const sentence = `We are refunding ${money(amountCents)}. Its credits leave your balance once the refund is made.`;
        happenings.push({ at, word: "Refund in progress", tone: "open", sentence });
        break;
      }
      case "pending": {
        const sentence = `${money(amountCents)} is on its way back to your card, but the bank has not confirmed it yet. ${taken}`;
        happenings.push({ at, word: "Refund pending", tone: "open", sentence });
        break;
      }
      case "succeeded": {
        const sentence = `${money(amountCents)} was refunded to your card. Your bank shows it within 5 to 10 days. ${taken}`;
        happenings.push({ at, word: "Refunded", tone: "quiet", sentence });
        break;
      }
      case "failed":
      case "canceled": {
        const what =
          state === "failed"
            ? `Your bank did not accept the refund of ${money(amountCents)}.`
            : `A refund of ${money(amountCents)} was canceled.`;
        const sentence = `${what}${backAgainText(creditsBackFor(order, sources, amountCents))} Please write to us.`;
        happenings.push({
          at,
          word: state === "failed" ? "Refund failed" : "Refund canceled",
          tone: "bad",
          sentence,
        });
        break;
      }
      case "refused": {
        // If staff asked for the refund, it is for them to sort out.
        if (actor === "customer") {
          const sentence = `A refund of ${money(amountCents)} could not be made. No credits were taken. Please write to us.`;
          happenings.push({ at, word: "Not refunded", tone: "bad", sentence });
        }
        break;
      }
    }
  }
  for (const dispute of back.disputes) {
    const at = dispute.openedAt;
    const amount = money(dispute.amountCents);
    const credits = shares.get(dispute.id) ?? 0;
    switch (stageOf(dispute)) {
      case "inquiry": {
        const sentence = `Your bank asked us about ${amount} of this payment. Nothing was taken.`;
        happenings.push({ at, word: "Bank inquiry", tone: "open", sentence });
        break;
      }
      case "closed": {
        const sentence = `Your bank asked us about ${amount} of this payment, and its inquiry is closed. Nothing was taken.`;
        happenings.push({ at, word: "Inquiry closed", tone: "quiet", sentence });
        break;
      }
      case "open":
      case "appeal": {
        const meanwhile = credits === 0 ? "" : ` Until it decides, ${areTakenText(credits)}.`;
        const sentence = `${amount} of this payment is disputed with your bank.${meanwhile} If this is a mistake, please tell your bank and write to us.`;
        happenings.push({ at, word: "Dispute open", tone: "bad", sentence });
        break;
      }
      case "won": {
        const again = backAgainText(creditsBackFor(order, sources, dispute.amountCents));
        const sentence = `${amount} of this payment was disputed, and your bank upheld the payment.${again}`;
        happenings.push({ at, word: "Dispute decided", tone: "good", sentence });
        break;
      }
      case "lost": {
        const sentence = `${amount} of this payment was disputed, and your bank returned the money to you. ${tookText(credits)}`;
        happenings.push({ at, word: "Returned by the bank", tone: "quiet", sentence });
        break;
      }
    }
  }
  return happenings.toSorted((one, other) => one.at - other.at);
}

function tookText(credits: number): string {
  return credits === 0 ? "" : `${creditsText(credits)} left your balance with it.`;
}

function areTakenText(credits: number): string {
  return `${creditsText(credits)} ${credits === 1 ? "is" : "are"} out of your balance`;
}

/** Says that credits are back; empty if another refund or dispute has taken them instead. */
function backAgainText(credits: number): string {
  return credits === 0
    ? ""
    : ` ${creditsText(credits)} ${credits === 1 ? "is" : "are"} back in your balance.`;
}
