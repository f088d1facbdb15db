/** Disputes and fraud warnings in words for staff. */
import { type Dispute, type DisputeStage, isAnswerable, isContested, stageOf } from "../../domain/dispute.ts";
import type { FraudWarning } from "../../domain/fraud-warning.ts";
import { DAY, HOUR, type Instant } from "../../domain/instant.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import type { Order } from "../../domain/order.ts";
import { moneyText } from "../amount-text.ts";
import { standingOf, type Tone } from "../money-back-words.ts";

const STAGES = {
  inquiry: { word: "Inquiry", tone: "open" },
  closed: { word: "Inquiry closed", tone: "quiet" },
  open: { word: "Disputed", tone: "bad" },
  won: { word: "Won", tone: "good" },
  lost: { word: "Lost", tone: "quiet" },
  appeal: { word: "Appeal", tone: "bad" },
} satisfies Record<DisputeStage, { word: string; tone: Tone }>;

/** Where a dispute stands in a word or two. */
export function disputeStanding(dispute: Dispute): { word: string; tone: Tone } {
  return STAGES[stageOf(dispute)];
}

/** Whether the dispute is over. */
export function isDecided(dispute: Dispute): boolean {
  const stage = stageOf(dispute);
  return stage === "won" || stage === "lost" || stage === "closed";
}

/** What the dispute means for the money, and whose turn it is. */
export function disputeSentence(dispute: Dispute, money: (cents: number) => string): string {
  const amount = money(dispute.amountCents);
  const turn = isAnswerable(dispute) ? "It waits for our evidence." : "The bank is deciding.";
  switch (stageOf(dispute)) {
    case "inquiry": {
      return `The bank asks about ${amount}. No money and no credits were taken. ${turn}`;
    }
    case "closed": {
      return `The bank asked about ${amount}, and it never became a dispute. Nothing was taken.`;
    }
    case "open": {
      return `${amount} is contested. Stripe took ${money(dispute.withdrawnCents)} out of our balance for it. ${turn}`;
    }
    case "appeal": {
      return `${amount} is before the bank once more. ${money(dispute.withdrawnCents)} is out of our balance. ${turn}`;
    }
    case "won": {
      return `${amount} was contested, and the bank let the payment stand. The credits were given back.`;
    }
    case "lost": {
      return `${amount} was contested, and the cardholder got it back. The credits stay taken.`;
    }
  }
}

/** Why the bank takes no evidence now, by where the dispute stands. */
export function noEvidenceSentence(dispute: Dispute): string {
  switch (stageOf(dispute)) {
    case "won": {
      return "The bank has decided for us. Nothing more is to be submitted.";
    }
    case "lost": {
      return "The bank has decided against us. Nothing more can be submitted.";
    }
    case "closed": {
      return "The inquiry is over. Nothing more is to be submitted.";
    }
    case "inquiry":
    case "open":
    case "appeal": {
      return "The bank takes no evidence in this dispute at present.";
    }
  }
}

/** What of an order cannot be refunded, by what its disputes have come to; null where none of them is why. */
export function disputedSentence(disputes: readonly Dispute[]): string | null {
  const lost = disputes.some((dispute) => stageOf(dispute) === "lost");
  return lost && !disputes.some(isContested)
    ? "A dispute of this payment was decided against us: the cardholder has the money. Nothing of this order can be refunded any more."
    : null;
}

/** How long there is until `due`, in words, and how much it presses. */
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

/** What was done about a warning, if anything, and whether anything still helps. */
export function warningAnswer(
  warning: FraudWarning,
  order: Order,
  back: MoneyBack | undefined,
): { words: string; tone: Tone } {
  const own = back?.refunds.find(({ actor, note }) => actor === "fraud_warning" && note === warning.id);
  if (own?.state === "succeeded" || own?.state === "pending") {
    const amount = moneyText(own.amountCents, order.currency);
    return { words: `${amount} was refunded by itself, to prevent a dispute.`, tone: "quiet" };
  }
  const { word, tone } = standingOf(order, back);
  if (word !== "Paid") {
    return { words: `${word}.`, tone };
  }
  return warning.isActionable
    ? { words: "Nothing was done yet. A refund still prevents a dispute.", tone: "bad" }
    : { words: "Nothing was done. A refund no longer helps.", tone: "quiet" };
}
