/** Differences between the books and Stripe's, in words and figures. */
import type { Currency } from "../../domain/money.ts";
import type { Difference } from "../../domain/reconciliation.ts";
import { countText, moneyText } from "../amount-text.ts";
import { momentText } from "../moment-text.ts";
import { plain } from "./refund-words.ts";

type Words = { title: string; meaning: string };

const WORDS = {
  payment_without_order: {
    title: "Paid at Stripe, no order here",
    meaning:
      "The payment carries our mark, and there is no such order. Find out whose it is; refund it at Stripe if it is nobody's.",
  },
  payment_not_credited: {
    title: "Paid at Stripe, not credited here",
    meaning: "The order is here and its payment could not be posted. Every comparison tries again.",
  },
  second_payment: {
    title: "Paid twice",
    meaning:
      "The order was paid by another payment already, and credited once. Refund this payment at Stripe.",
  },
  amount_differs: {
    title: "Amounts differ",
    meaning:
      "What Stripe took is not what was ordered, so nothing was posted. Refund it at Stripe, or ask the customer.",
  },
  check_failed: {
    title: "Charged although a card check failed",
    meaning:
      "The bank changed its answer after the card had passed. The credits are posted; refund the order if you do not trust it.",
  },
  order_without_payment: {
    title: "Paid here, not at Stripe",
    meaning: "The order's credits are posted, and Stripe knows of no payment of it that succeeded.",
  },
  balance_is_not_the_sum_of_entries: {
    title: "A balance is not the sum of its entries",
    meaning: "The database keeps these equal by itself; somebody changed it by hand.",
  },
  entries_do_not_continue_each_other: {
    title: "Entries do not continue each other",
    meaning:
      "A line of the ledger is missing or changed. The database refuses that; somebody changed it by hand.",
  },
  grant_is_not_the_sum_of_entries: {
    title: "A grant is not the sum of its entries",
    meaning: "What remains of an order's credits is not what its entries say. Somebody changed it by hand.",
  },
  paid_order_without_purchase: {
    title: "A paid order without its entry",
    meaning: "The order is paid, and its credits were never posted.",
  },
  purchase_without_paid_order: {
    title: "An entry without its paid order",
    meaning: "Credits were posted for an order that is not paid, or not for so many.",
  },
  credits_taken_differ_from_money_back: {
    title: "Credits taken are not those of the money that went back",
    meaning: "Refunds and disputes of the order took other credits than their money stands for.",
  },
  money_back_not_booked: {
    title: "Went back at Stripe, not booked here",
    meaning: "Stripe has a refund or a dispute that could not be booked. Every comparison tries again.",
  },
  money_back_not_at_stripe: {
    title: "Booked here, not at Stripe",
    meaning: "The books have a refund or a dispute that Stripe does not know.",
  },
  fraud_warning_not_handled: {
    title: "A fraud warning was not handled",
    meaning:
      "The bank warned of the payment, and what the settings ask for then could not be done. Look at the order.",
  },
} satisfies Record<Difference["kind"], Words>;

/** What a kind of difference is called, and what it means. */
export function differenceWords(kind: Difference["kind"]): Words {
  return WORDS[kind];
}

/** One fact of a side: what it is and what it says. */
type SideLine = { name: string; value: string; isId: boolean };

/** One side: whose facts they are, and the facts. */
export type Side = { name: string; lines: SideLine[] };

/**
 * Both sides of a difference. Where the books disagree with themselves, the other side is what their entries come
 * to. Money on a side that names no currency is in the order's.
 */
export function sidesOf(difference: Difference, ofOrder: Currency | null): [Side, Side] {
  const { ours, theirs } = difference;
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

/** One side's facts as lines to read; empty where that side has nothing. */
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
  id: "Id",
  what: "What",
  order_id: "Order",
  payment_intent_id: "Payment",
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
    return isId(name, value) ? value : plain(value);
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
