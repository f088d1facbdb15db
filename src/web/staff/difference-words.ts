/** Differences between our books and Stripe, in words and figures. */
import type { Currency } from "../../domain/money.ts";
import type { Difference } from "../../domain/reconciliation.ts";
import { countText, moneyText } from "../../amount-text.ts";
import { momentText } from "../moment-text.ts";
import { plain } from "./refund-words.ts";

type Words = { title: string; meaning: string };

const WORDS = {
  payment_without_order: {
    title: "Paid at Stripe, no order here",
    meaning:
      "The payment names an order that we do not have. Find out whose payment it is; if it is nobody's, refund it in full at Stripe to resolve this.",
  },
  payment_not_credited: {
    title: "Paid at Stripe, not credited here",
    meaning: "We have the order, but its payment could not be posted. Every comparison tries again.",
  },
  second_payment: {
    title: "Paid twice",
    meaning:
      "The order had already been paid by another payment, and was credited once. Refund this payment in full at Stripe to resolve this.",
  },
  amount_differs: {
    title: "Amounts differ",
    meaning:
      "Stripe did not charge the amount of the order, so nothing was posted. Refund it in full at Stripe to resolve this, or ask the customer.",
  },
  check_failed: {
    title: "Charged despite a failed card check",
    meaning:
      "The bank changed its answer after the card had passed. The credits are posted. Refund the order in full if you do not trust it; otherwise close this.",
  },
  order_without_payment: {
    title: "Paid here, not at Stripe",
    meaning: "The order's credits are posted, but Stripe has no successful payment for it.",
  },
  balance_is_not_the_sum_of_entries: {
    title: "A balance is not the sum of its entries",
    meaning: "The database keeps these equal, so someone must have changed it by hand.",
  },
  entries_do_not_continue_each_other: {
    title: "The ledger has a gap",
    meaning:
      "A ledger entry is missing or was changed. The database refuses that, so someone must have changed it by hand.",
  },
  grant_is_not_the_sum_of_entries: {
    title: "A grant is not the sum of its entries",
    meaning:
      "What remains of an order's credits is not what its entries add up to. Someone must have changed it by hand.",
  },
  paid_order_without_purchase: {
    title: "A paid order without its entry",
    meaning: "The order is paid, but its credits were never posted.",
  },
  purchase_without_paid_order: {
    title: "An entry without its paid order",
    meaning: "Credits were posted for an order that is not paid, or that was for a different number.",
  },
  credits_taken_differ_from_money_back: {
    title: "Credits taken do not match the money back",
    meaning: "The order's refunds and disputes took a number of credits that does not match their amounts.",
  },
  money_back_not_booked: {
    title: "Money back at Stripe, not booked here",
    meaning: "Stripe has a refund or dispute that could not be booked. Every comparison tries again.",
  },
  money_back_not_at_stripe: {
    title: "Money back booked here, not at Stripe",
    meaning: "Our books have a refund or dispute that Stripe does not have.",
  },
  fraud_warning_not_handled: {
    title: "A fraud warning was not handled",
    meaning:
      "The bank warned about this payment, but we could not do what the settings ask for. Check the order.",
  },
  part_not_compared: {
    title: "A part was not compared",
    meaning:
      "A page of the comparison failed several times, so the rest of this part was skipped. The next comparison tries again.",
  },
} satisfies Record<Difference["kind"], Words>;

/** A kind of difference: its title, and what it means. */
export function differenceWords(kind: Difference["kind"]): Words {
  return WORDS[kind];
}

/** One fact on a side: its name and value. */
type SideLine = { name: string; value: string; isId: boolean };

/** One side of a difference: whose facts they are, and the facts. */
export type Side = { name: string; lines: SideLine[] };

/**
 * Both sides of a difference. If the books disagree with themselves, the second side is what their entries add up to.
 * Amounts on a side that names no currency are in the order's currency.
 */
export function sidesOf(difference: Difference, ofOrder: Currency | null): Side[] {
  const { kind, ours, theirs } = difference;
  if (kind === "part_not_compared") {
    return [{ name: "Where it failed", lines: sideLines(ours, ofOrder) }];
  }
  const byEntries = ours?.["credits_by_entries"];
  if (ours === null || theirs !== null || byEntries === undefined) {
    return [
      { name: "Our books", lines: sideLines(ours, ofOrder) },
      { name: "Stripe", lines: sideLines(theirs, ofOrder) },
    ];
  }
  const { credits_by_entries: _, ...stands } = ours;
  return [
    { name: "As it stands", lines: sideLines(stands, ofOrder) },
    { name: "By the entries", lines: sideLines({ credits: byEntries }, ofOrder) },
  ];
}

/** One side's facts as lines; empty if that side has nothing. */
function sideLines(side: Difference["ours"], ofOrder: Currency | null): SideLine[] {
  if (side === null) {
    return [];
  }
  const currency = side["currency"] ?? ofOrder;
  return Object.entries(side)
    .filter(([name]) => name !== "currency" || !hasMoney(side))
    .map(([name, value]) => ({
      name: nameOf(name),
      value: valueText(name, value, currency),
      isId: isId(name, value),
    }));
}

const NAMES: Readonly<Record<string, string>> = {
  id: "ID",
  what: "Type",
  order_id: "Order",
  payment_intent_id: "Payment",
  after_id: "After",
};

function nameOf(name: string): string {
  const words = plain(name.replace(/_(?:cents|at)$/, ""));
  return NAMES[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

function valueText(name: string, value: string | number | null, currency: string | number | null): string {
  if (value === null) {
    return "none";
  }
  if (typeof value === "string") {
    return isId(name, value) || name === "problem" ? value : plain(value);
  }
  if (name.endsWith("_cents") && typeof currency === "string") {
    return moneyText(value, currency);
  }
  return name.endsWith("_at") ? momentText(value) : countText(value);
}

function isId(name: string, value: string | number | null): boolean {
  return typeof value === "string" && /(?:^|_)id$/.test(name);
}

function hasMoney(side: NonNullable<Difference["ours"]>): boolean {
  return Object.keys(side).some((name) => name.endsWith("_cents"));
}
