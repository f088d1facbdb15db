/** A statement's lines in words its customer understands. */
import { countText, creditsText } from "./amount-text.ts";
import type { StatementLine } from "./statement-lines.ts";

/** What a line says: what it was, and what there is to add. */
export type LineWords = { title: string; detail: string | null };

/** The words for `line`. Every kind of entry has some, checked by the compiler. */
export function wordsFor(
  line: Pick<StatementLine, "kind" | "credits" | "note" | "madeGood" | "cause">,
): LineWords {
  const { kind, note } = line;
  switch (kind) {
    case "purchase": {
      return { title: "Bought by card", detail: null };
    }
    case "offline_payment": {
      return { title: "Paid by check or transfer", detail: note };
    }
    case "promotion": {
      return { title: "Given to you", detail: note };
    }
    case "adjustment": {
      return { title: line.credits < 0 ? "Taken off by us" : "Added by us", detail: note };
    }
    case "spend": {
      return { title: "Used", detail: note };
    }
    case "expiry": {
      return { title: "Expired", detail: null };
    }
    case "refund": {
      return { title: "Refund", detail: null };
    }
    case "refund_reversal": {
      return { title: "Refund failed", detail: "These credits are back." };
    }
    case "dispute": {
      return { title: "Dispute at your bank", detail: null };
    }
    case "dispute_reversal": {
      return { title: "Dispute decided", detail: "These credits are back." };
    }
    case "repayment": {
      return repaymentWords(line);
    }
  }
}

/**
 * A repayment moves credits from one grant to another that was below zero, and the balance not at all. What has just
 * come in settles what was owed; or what is left of other purchases stands in for credits that were used already.
 */
function repaymentWords({ madeGood, cause }: Pick<StatementLine, "madeGood" | "cause">): LineWords {
  return cause === "refund" || cause === "dispute"
    ? {
        title: "Made good from other credits",
        detail: `${creditsText(madeGood)} had been used already.`,
      }
    : { title: "Settled what was owed", detail: `${countText(madeGood)} of the new credits.` };
}

/** What the balance moved by, signed: `+1,000`, `−200`, `0`. */
export function signedText(credits: number): string {
  if (credits === 0) {
    return "0";
  }
  // The minus of figures, as wide as the plus and read aloud as one.
  return `${credits < 0 ? "\u2212" : "+"}${countText(Math.abs(credits))}`;
}

/** A balance; one below zero is owed: `1,000`, `200 owed`. */
export function balanceText(balance: number): string {
  return balance < 0 ? `${countText(Math.abs(balance))} owed` : countText(balance);
}
