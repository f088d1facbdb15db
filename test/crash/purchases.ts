/** The kinds of purchase, and what their customer does: orders, answers the bank, asks the page. */
import { env } from "cloudflare:workers";
import type { OrderAnswer } from "../../src/account/answer.ts";
import { callAccount } from "../../src/account/call-account.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, isOrderId, newId, type OrderId } from "../../src/domain/ids.ts";
import type { OrderState } from "../../src/domain/order.ts";
import type { Placing } from "../../src/operations/place-order.ts";
import { challenge, typedCard } from "../stand-in/stripe/support.ts";

/** A kind of purchase. `answers` are what its customer answers the bank, in turn; after them the customer is gone. */
export type Kind = {
  name: string;
  card: string;
  pays: "new_card" | "saved_card";
  answers: readonly ("authenticated" | "failed")[];
  /** Whether the customer closes the page after the last answer, instead of going on. */
  leaves: boolean;
  /** Whether the bank keeps what it says of the checks for the payment. */
  bankIsLate: boolean;
  /** Where such an order comes to rest when nothing goes wrong. */
  ends: OrderState;
};

const PLAIN = { pays: "new_card", answers: [], leaves: false, bankIsLate: false } as const;

/** Every kind of purchase there is. */
export const KINDS: readonly Kind[] = [
  { ...PLAIN, name: "new card", card: "4242424242424242", ends: "paid" },
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
    bankIsLate: true,
    ends: "refused",
  },
  { ...PLAIN, name: "declined at verification", card: "4000000000000002", ends: "declined" },
  { ...PLAIN, name: "declined at payment", card: "4000000000000341", ends: "declined" },
];

/** A customer in the middle of a purchase. */
export type Purchase = { kind: Kind; accountId: AccountId; placing: Placing; answersLeft: Kind["answers"] };

/** An account, ready to buy; by saved card, with one bought before. */
export async function prepare(kind: Kind): Promise<Purchase> {
  const accountId = await openAccount();
  const newCard = await orderWith(kind.card);
  if (kind.pays === "new_card") {
    return { kind, accountId, placing: newCard, answersLeft: kind.answers };
  }
  const before = await place(accountId, newCard);
  if (!before.ok || before.order.card === null) {
    throw new Error("The purchase before did not go through");
  }
  await callAccount(env, accountId, (account) => account.tidy(accountId));
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
 * The customer buys: orders, answers the bank, and goes on, until the order has come to rest, no answer comes, or
 * there is nothing more the customer would do. Answers whether every request was answered.
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
 * does. Answers whether every request was answered.
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

/** What the Worker asks for after it has answered, whatever comes of it. */
async function tidy(accountId: AccountId): Promise<void> {
  await callAccount(env, accountId, (account) => account.tidy(accountId)).catch(() => undefined);
}

async function orderWith(card: string): Promise<Placing> {
  const payWith = { kind: "new_card", confirmationToken: await typedCard(card), saveCard: true } as const;
  return { orderId: newOrderId(), content: { credits: toCredits(1000), payWith } };
}

function newOrderId(): OrderId {
  const id = `ord_${crypto.randomUUID().replaceAll("-", "")}`;
  if (!isOrderId(id)) {
    throw new Error("An order id is ord_ and 32 hexadecimal digits");
  }
  return id;
}
