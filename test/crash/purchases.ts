/** The kinds of purchase, and what their customer does: orders, answers the bank, presses "Where is it?". */
import { env } from "cloudflare:workers";
import type { OrderAnswer } from "../../src/account/answer.ts";
import { callAccount } from "../../src/account/call-account.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, isOrderId, newId, type OrderId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order.ts";
import type { Placing } from "../../src/operations/place-order.ts";
import { challenge, control, typedCard } from "../stand-in/stripe/support.ts";
import { inParallel } from "./in-parallel.ts";

/** How the bank answers, as the stand-in's switch of it takes it. */
type Bank = {
  checks: "as_card" | "unavailable" | "unavailable_at_setup" | "pass" | "pass_at_setup";
  payments: "as_card" | "declined";
};

const AS_CARD: Bank = { checks: "as_card", payments: "as_card" };

/** A kind of purchase. `answers` are the customer's answers to the bank, in turn; after them the customer is gone. */
export type Kind = {
  name: string;
  card: string;
  pays: "new_card" | "saved_card";
  /** Whether the customer has a new card saved. */
  saves: boolean;
  answers: readonly ("authenticated" | "failed")[];
  /** Whether the customer closes the page after the last answer, instead of going on. */
  leaves: boolean;
  /** How the bank answers, and how it answered when a saved card was first used. */
  bank: Bank;
  bankBefore: Bank;
  /** Whether the charge that pays for such an order comes back with a failed check, which nobody knew of before. */
  chargeFailsCheck: boolean;
  /** The state in which such an order comes to rest when nothing goes wrong. */
  ends: OrderState;
};

const PLAIN = {
  pays: "new_card",
  saves: true,
  answers: [],
  leaves: false,
  bank: AS_CARD,
  bankBefore: AS_CARD,
  chargeFailsCheck: false,
} as const;

/** Every kind of purchase. */
export const KINDS: readonly Kind[] = [
  { ...PLAIN, name: "new card", card: "4242424242424242", ends: "paid" },
  { ...PLAIN, name: "new card, not saved", card: "4242424242424242", saves: false, ends: "paid" },
  { ...PLAIN, name: "saved card", card: "4242424242424242", pays: "saved_card", ends: "paid" },
  {
    ...PLAIN,
    name: "challenge",
    card: "4000002760003184",
    answers: ["authenticated", "authenticated"],
    ends: "paid",
  },
  {
    ...PLAIN,
    name: "challenge, then gone",
    card: "4000002760003184",
    answers: ["authenticated", "authenticated"],
    leaves: true,
    ends: "paying",
  },
  { ...PLAIN, name: "challenge unanswered at verification", card: "4000002760003184", ends: "abandoned" },
  {
    ...PLAIN,
    name: "challenge unanswered at payment",
    card: "4000002760003184",
    answers: ["authenticated"],
    ends: "abandoned",
  },
  {
    ...PLAIN,
    name: "challenge failed at verification",
    card: "4000002760003184",
    answers: ["failed"],
    ends: "declined",
  },
  {
    ...PLAIN,
    name: "challenge failed at payment",
    card: "4000002760003184",
    answers: ["authenticated", "failed"],
    ends: "declined",
  },
  { ...PLAIN, name: "unavailable checks", card: "4000000000000044", ends: "paid" },
  { ...PLAIN, name: "refused at verification", card: "4000000000000036", ends: "refused" },
  {
    ...PLAIN,
    name: "refused at authorisation",
    card: "4000000000000036",
    bank: { ...AS_CARD, checks: "unavailable_at_setup" },
    ends: "refused",
  },
  {
    ...PLAIN,
    name: "check failed with the charge",
    card: "4000000000000036",
    bank: { ...AS_CARD, checks: "pass_at_setup" },
    chargeFailsCheck: true,
    ends: "paid",
  },
  { ...PLAIN, name: "declined at verification", card: "4000000000000002", ends: "declined" },
  { ...PLAIN, name: "declined at payment", card: "4000000000000341", ends: "declined" },
  {
    ...PLAIN,
    name: "saved card, challenge",
    card: "4000002760003184",
    pays: "saved_card",
    answers: ["authenticated"],
    ends: "paid",
  },
  {
    ...PLAIN,
    name: "saved card, challenge failed",
    card: "4000002760003184",
    pays: "saved_card",
    answers: ["failed"],
    ends: "declined",
  },
  {
    ...PLAIN,
    name: "saved card, challenge unanswered",
    card: "4000002760003184",
    pays: "saved_card",
    ends: "abandoned",
  },
  {
    ...PLAIN,
    name: "saved card, unavailable checks",
    card: "4000000000000044",
    pays: "saved_card",
    ends: "paid",
  },
  {
    ...PLAIN,
    name: "saved card, refused at authorisation",
    card: "4000000000000036",
    pays: "saved_card",
    bankBefore: { ...AS_CARD, checks: "unavailable" },
    ends: "refused",
  },
  {
    ...PLAIN,
    name: "saved card, check failed with the charge",
    card: "4000000000000036",
    pays: "saved_card",
    bankBefore: { ...AS_CARD, checks: "pass" },
    chargeFailsCheck: true,
    ends: "paid",
  },
  {
    ...PLAIN,
    name: "saved card, declined",
    card: "4242424242424242",
    pays: "saved_card",
    bank: { ...AS_CARD, payments: "declined" },
    ends: "declined",
  },
];

/** Kinds in groups that have the same banks, now and before. */
export function byBank(kinds: readonly Kind[]): Kind[][] {
  return [...Map.groupBy(kinds, ({ bank, bankBefore }) => JSON.stringify([bank, bankBefore])).values()];
}

/** Purchases of kinds that have the same banks, each ready to begin. The bank then answers as it does for them. */
export async function prepareAll(kinds: readonly Kind[]): Promise<Purchase[]> {
  await control("/stripe/bank", kinds[0]?.bankBefore ?? AS_CARD);
  const purchases = await inParallel(kinds, prepare);
  await control("/stripe/bank", kinds[0]?.bank ?? AS_CARD);
  return purchases;
}

/** A customer in the middle of a purchase. */
export type Purchase = { kind: Kind; accountId: AccountId; placing: Placing; answersLeft: Kind["answers"] };

/** The answers of a customer who passes a challenge at verification and one at payment. */
const PASSES_CHALLENGES = ["authenticated", "authenticated"] as const;

/** An account that is ready to buy; for a saved card, one that has bought before. */
export async function prepare(kind: Kind): Promise<Purchase> {
  const accountId = await openAccount();
  const newCard = await orderWith(kind);
  if (kind.pays === "new_card") {
    return { kind, accountId, placing: newCard, answersLeft: kind.answers };
  }
  const first: Purchase = { kind, accountId, placing: newCard, answersLeft: PASSES_CHALLENGES };
  await buy(first);
  const before = await settle(first);
  if (!before.ok || before.order.state !== "paid" || before.order.card === null) {
    throw new Error("The purchase before did not go through");
  }
  const payWith = { kind: "saved_card", cardId: before.order.card.id } as const;
  const placing = { orderId: newOrderId(), content: { credits: toCredits(2000), payWith } };
  return { kind, accountId, placing, answersLeft: kind.answers };
}

/** An account that has never bought anything. */
export async function openAccount(): Promise<AccountId> {
  const accountId = newId("acc");
  await env.DB.prepare("INSERT INTO accounts (id, email, created_at) VALUES (?1, ?2, ?3)")
    .bind(accountId, `${accountId}@example.com`, Date.now())
    .run();
  return accountId;
}

/**
 * The customer buys: orders, answers the bank, and goes on until the order has come to rest, no answer comes, or the
 * customer would do no more. Returns whether every request was answered.
 */
export async function buy(purchase: Purchase): Promise<boolean> {
  const { accountId, placing } = purchase;
  try {
    return await follow(purchase, await place(accountId, placing), purchase.kind.leaves);
  } catch {
    return false;
  }
}

/**
 * The customer comes back and presses "I paid, where is it?"; an order that never arrived is placed again, as the page
 * does it. Returns whether every request was answered.
 */
export async function ask(purchase: Purchase): Promise<boolean> {
  try {
    const asked = await settle(purchase);
    const isUnknown = !asked.ok && asked.failure.kind === "order_not_found";
    const answer = isUnknown ? await place(purchase.accountId, purchase.placing) : asked;
    return await follow(purchase, answer, false);
  } catch {
    return false;
  }
}

async function follow(purchase: Purchase, first: OrderAnswer, leaves: boolean): Promise<boolean> {
  let answer = first;
  await tidy(purchase.accountId);
  while (answer.ok && answer.clientSecret !== null) {
    const [outcome, ...rest] = purchase.answersLeft;
    if (outcome === undefined) {
      return true;
    }
    purchase.answersLeft = rest;
    await challenge({ client_secret: answer.clientSecret }, outcome);
    if (leaves && rest.length === 0) {
      return true;
    }
    answer = await settle(purchase);
    await tidy(purchase.accountId);
  }
  return (
    answer.ok || (answer.failure.kind !== "stripe_unavailable" && answer.failure.kind !== "account_busy")
  );
}

function place(accountId: AccountId, placing: Placing): Promise<OrderAnswer> {
  return callAccount<OrderAnswer>(env, accountId, async (account) => account.placeOrder(accountId, placing));
}

function settle({ accountId, placing }: Purchase): Promise<OrderAnswer> {
  return callAccount<OrderAnswer>(env, accountId, async (account) =>
    account.settleOrder(accountId, placing.orderId),
  );
}

/** What the Worker requests after it has answered, whatever the result. */
async function tidy(accountId: AccountId): Promise<void> {
  await callAccount(env, accountId, (account) => account.tidy(accountId)).catch(() => undefined);
}

async function orderWith({ card, saves }: Kind): Promise<Placing> {
  const payWith = { kind: "new_card", confirmationToken: await typedCard(card), saveCard: saves } as const;
  return { orderId: newOrderId(), content: { credits: toCredits(1000), payWith } };
}

function newOrderId(): OrderId {
  const id = `ord_${crypto.randomUUID().replaceAll("-", "")}`;
  if (!isOrderId(id)) {
    throw new Error("An order id is ord_ and 32 hexadecimal digits");
  }
  return id;
}
