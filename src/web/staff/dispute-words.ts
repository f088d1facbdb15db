/** Disputes and fraud warnings, in words for staff. */
import { type Dispute, type DisputeStage, isAnswerable, isContested, stageOf } from "../../domain/dispute.ts";
import type { FraudWarning } from "../../domain/fraud-warning.ts";
import { DAY, HOUR, type Instant } from "../../domain/instant.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import type { Currency } from "../../domain/money.ts";
import type { Order } from "../../domain/order.ts";
import { moneyText } from "../../amount-text.ts";
import { standingOf, type Tone } from "../money-back-words.ts";

const STAGES = {
  inquiry: { word: "Inquiry", tone: "open" },
  closed: { word: "Inquiry closed", tone: "quiet" },
  open: { word: "Disputed", tone: "bad" },
  won: { word: "Won", tone: "good" },
  lost: { word: "Lost", tone: "quiet" },
  appeal: { word: "Appeal", tone: "bad" },
} satisfies Record<DisputeStage, { word: string; tone: Tone }>;

/** A dispute's state as a short label. */
export function disputeStanding(dispute: Dispute): { word: string; tone: Tone } {
  return STAGES[stageOf(dispute)];
}

/** Whether the dispute is over. */
export function isDecided(dispute: Dispute): boolean {
  const stage = stageOf(dispute);
  return stage === "won" || stage === "lost" || stage === "closed";
}

/** What the dispute means for the money, and who must act next. */
export function disputeSentence(dispute: Dispute, currency: Currency): string {
  const amount = moneyText(dispute.amountCents, currency);
  const withdrawn = moneyText(dispute.withdrawnCents, dispute.withdrawnCurrency);
  const turn = isAnswerable(dispute) ? "The bank is waiting for our evidence." : "The bank is deciding.";
  switch (stageOf(dispute)) {
    case "inquiry": {
      return `The bank asks about ${amount}. No money or credits were taken. ${turn}`;
    }
    case "closed": {
      return `The bank asked about ${amount}, but it never became a dispute. Nothing was taken.`;
    }
    case "open": {
      return `${amount} is disputed. Stripe took ${withdrawn} out of our balance for it. ${turn}`;
    }
    case "appeal": {
      return `${amount} is with the bank again, on appeal. ${withdrawn} is out of our balance. ${turn}`;
    }
    case "won": {
      return `${amount} was disputed, and the bank upheld the payment. The credits were given back.`;
    }
    case "lost": {
      return `${amount} was disputed, and the cardholder got it back. The credits stay taken.`;
    }
  }
}

/** Why the bank accepts no evidence now, by the state of the dispute. */
export function noEvidenceSentence(dispute: Dispute): string {
  switch (stageOf(dispute)) {
    case "won": {
      return "The bank has decided for us. There is nothing more to submit.";
    }
    case "lost": {
      return "The bank has decided against us. Nothing more can be submitted.";
    }
    case "closed": {
      return "The inquiry is closed. There is nothing more to submit.";
    }
    case "inquiry":
    case "open":
    case "appeal": {
      return "The bank is not accepting evidence for this dispute at the moment.";
    }
  }
}

/** Why a lost dispute keeps an order from being refunded; null if no lost dispute is the reason. */
export function disputedSentence(disputes: readonly Dispute[]): string | null {
  const lost = disputes.some((dispute) => stageOf(dispute) === "lost");
  return lost && !disputes.some(isContested)
    ? "The bank decided a dispute over this payment against us: the cardholder has the money. No part of this order can be refunded any more."
    : null;
}

/** How long is left until `due`, in words, and a colour for how urgent that is. */
export function dueIn(due: Instant, now: Instant): { words: string; tone: Tone } {
  const left = due - now;
  if (left <= 0) {
    return { words: "overdue", tone: "bad" };
  }
  const days = Math.floor(left / DAY);
  const hours = Math.max(1, Math.floor(left / HOUR));
  const words = days >= 2 ? `in ${days} days` : `in ${hours} ${hours === 1 ? "hour" : "hours"}`;
  return { words, tone: days >= 3 ? "open" : "bad" };
}

/** What was done about a fraud warning, if anything, and whether a refund would still help. */
export function warningAnswer(
  warning: FraudWarning,
  order: Order,
  back: MoneyBack | undefined,
): { words: string; tone: Tone } {
  const own = back?.refunds.find(({ actor, note }) => actor === "fraud_warning" && note === warning.id);
  if (own?.state === "succeeded" || own?.state === "pending") {
    const amount = moneyText(own.amountCents, order.currency);
    return { words: `${amount} was refunded automatically, to prevent a dispute.`, tone: "quiet" };
  }
  const { word, tone } = standingOf(order, back);
  if (word !== "Paid") {
    return { words: `${word}.`, tone };
  }
  return warning.isActionable
    ? { words: "Nothing has been done yet. A refund can still prevent a dispute.", tone: "bad" }
    : { words: "Nothing was done. A refund would no longer help.", tone: "quiet" };
}
