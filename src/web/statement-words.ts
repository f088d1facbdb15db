/** Statement lines in words the customer understands. */
import { countText, creditsText } from "../amount-text.ts";
import type { StatementLine } from "./statement-lines.ts";

/** The text of a line: what it was, and any detail. */
export type LineWords = { title: string; detail: string | null };

/** The words for `line`. The compiler checks that every kind of entry has some. */
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
      return { title: "Promotional credits", detail: note };
    }
    case "adjustment": {
      return { title: line.credits < 0 ? "Removed by us" : "Added by us", detail: note };
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
      return { title: "Refund failed", detail: "Credits returned to your balance." };
    }
    case "dispute": {
      return { title: "Dispute opened", detail: null };
    }
    case "dispute_reversal": {
      return { title: "Dispute decided", detail: "Credits returned to your balance." };
    }
    case "repayment": {
      return repaymentWords(line);
    }
  }
}

/**
 * A repayment moves credits from one grant to another that is below zero, and leaves the balance unchanged. Either new
 * credits settle what was owed, or other grants cover credits that had already been used when their money went back.
 */
function repaymentWords({ madeGood, cause }: Pick<StatementLine, "madeGood" | "cause">): LineWords {
  return cause === "refund" || cause === "dispute"
    ? {
        title: "Covered by your other credits",
        detail: `${creditsText(madeGood)} had already been used.`,
      }
    : { title: "Settled what you owed", detail: `With ${countText(madeGood)} of your new credits.` };
}

/** A change in the balance, signed: `+1,000`, `−200`, `0`. */
export function signedText(credits: number): string {
  if (credits === 0) {
    return "0";
  }
  // A true minus sign: as wide as the plus, and read aloud as "minus".
  return `${credits < 0 ? "\u2212" : "+"}${countText(Math.abs(credits))}`;
}

/** A balance; if it is below zero, it is owed: `1,000`, `200 owed`. */
export function balanceText(balance: number): string {
  return balance < 0 ? `${countText(Math.abs(balance))} owed` : countText(balance);
}
