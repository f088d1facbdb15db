/** Places an order: checks the request, writes the row, and settles it. Stripe is never called before the row is written. */
import type { Card } from "../domain/card.ts";
import { holdOf } from "../domain/dispute.ts";
import type { Failure } from "../domain/failure.ts";
import type { OrderId } from "../domain/ids.ts";
import { DAY, HOUR, type Instant, SECOND } from "../domain/instant.ts";
import type { Cents } from "../domain/money.ts";
import { isSameContent, type Order, type OrderContent, type PayWith } from "../domain/order.ts";
import { type NotForSale, type Price, priceOf } from "../domain/prices.ts";
import { type Account, type AccountRow, selectAccount, toAccount } from "../store/accounts.ts";
import { type CardRow, selectSavedCard, toCard } from "../store/cards.ts";
import { type DisputeRow, selectDisputesOfAccount, toDispute } from "../store/disputes.ts";
import { type OwingRow, selectOwingGrants, toBook } from "../store/ledger.ts";
import { type AttemptLimit, type AttemptsRow, selectAttempts } from "../store/attempts.ts";
import { insertOrder, updateToPaying } from "../store/order-changes.ts";
import { type OrderRow, selectOrder, toOrder } from "../store/orders.ts";
import { selectTiers, type TierRow, toPriceList } from "../store/prices.ts";
import { rowsOf } from "../store/rows.ts";
import type { AccountDeps } from "./account-deps.ts";
import { type Settled, settle } from "./settle-order.ts";

/**
 * An order as its customer requests it; the browser made the id. `agreedCents` is the price the customer was shown, if
 * any: at any other price, nothing is placed.
 */
export type Placing = { orderId: OrderId; content: OrderContent; agreedCents?: Cents };

/** Either the order as settled so far, or why nothing was placed. */
export type Placed = { placed: true; settled: Settled } | { placed: false; failure: Failure };

type Claim = { ok: true; order: Order; account: Account; isFresh: boolean } | { ok: false; failure: Failure };

/**
 * Places the order and settles it as far as possible. The same id with the same content is the same order, however
 * often it is sent; with other content it is a conflict.
 */
export async function placeOrder(deps: AccountDeps, placing: Placing): Promise<Placed> {
  const turn = await deps.takeTurn(() => claim(deps, placing));
  if (!turn.taken) {
    return { placed: false, failure: { kind: "account_busy", retryAfterSeconds: 5 } };
  }
  const claimed = turn.value;
  if (!claimed.ok) {
    return { placed: false, failure: claimed.failure };
  }
  const { order, account, isFresh } = claimed;
  return {
    placed: true,
    settled: await settle(deps, { order, account, asker: "customer", facts: { isFresh } }),
  };
}

/** In the account's turn: reads everything the decision needs in one batch, and writes the order if it may be placed. */
async function claim(deps: AccountDeps, placing: Placing): Promise<Claim> {
  const { db, accountId } = deps;
  const { payWith } = placing.content;
  const now = deps.now();
  const limits = attemptLimits(deps.settings);
  const statements = [
    selectOrder(db, placing.orderId),
    selectAccount(db, accountId),
    selectTiers(db, deps.settings.limits.currency),
    selectAttempts(db, accountId, now, limits),
    selectOwingGrants(db, accountId),
    selectDisputesOfAccount(db, accountId),
    ...(payWith.kind === "saved_card" ? [selectSavedCard(db, accountId, payWith.cardId)] : []),
  ];
  const [orders, accounts, tiers, attempts, owing, disputes, cards] = await db.batch(statements);
  const accountRow = rowsOf<AccountRow>(accounts)[0];
  if (accountRow === undefined) {
    return { ok: false, failure: { kind: "sign_in_required" } };
  }
  deps.learnBook(toBook(accountId, accountRow, rowsOf<OwingRow>(owing)));
  const account = toAccount(accountRow);

  const orderRow = rowsOf<OrderRow>(orders)[0];
  if (orderRow !== undefined) {
    const order = toOrder(orderRow);
    return order.accountId === accountId && isSameContent(order, placing.content)
      ? { ok: true, order, account, isFresh: false }
      : { ok: false, failure: { kind: "order_conflict" } };
  }
  if (holdOf(rowsOf<DisputeRow>(disputes).map(toDispute), deps.settings.duringDispute).buying) {
    return { ok: false, failure: { kind: "account_on_hold" } };
  }

  const priced = priceOf(
    toPriceList(deps.settings.limits, rowsOf<TierRow>(tiers), []),
    placing.content.credits,
  );
  if (!priced.ok) {
    return { ok: false, failure: toFailure(priced.failure) };
  }
  const { amountCents, currency } = priced.price;
  if (placing.agreedCents !== undefined && placing.agreedCents !== amountCents) {
    return { ok: false, failure: { kind: "price_changed", amountCents, currency } };
  }
  const cardRow = rowsOf<CardRow>(cards)[0];
  if (payWith.kind === "saved_card" && cardRow === undefined) {
    return { ok: false, failure: { kind: "unknown_card" } };
  }
  const allowedFrom = nextAttemptAt(rowsOf<AttemptsRow>(attempts)[0], limits, payWith);
  if (allowedFrom > now) {
    const retryAfterSeconds = Math.ceil((allowedFrom - now) / SECOND);
    return { ok: false, failure: { kind: "too_many_attempts", retryAfterSeconds } };
  }
  const order = await writeOrder(deps, placing, priced.price, cardRow === undefined ? null : toCard(cardRow));
  return { ok: true, order, account, isFresh: true };
}

/** How many unpaid and new-card orders an account may place, by the operator's settings. */
export function attemptLimits({
  failedOrdersPerHour,
  newCardsPerDay,
}: {
  failedOrdersPerHour: number;
  newCardsPerDay: number;
}): { unpaid: AttemptLimit; newCards: AttemptLimit } {
  return {
    unpaid: { count: failedOrdersPerHour, within: HOUR },
    newCards: { count: newCardsPerDay, within: DAY },
  };
}

/** When the account may next place an order: a limit ends once the oldest order that counts towards it is old enough. */
function nextAttemptAt(
  began: AttemptsRow | undefined,
  limits: { unpaid: AttemptLimit; newCards: AttemptLimit },
  payWith: PayWith,
): Instant {
  const { unpaid_began_at: unpaid = null, new_cards_began_at: newCards = null } = began ?? {};
  return Math.max(
    unpaid === null ? 0 : unpaid + limits.unpaid.within,
    newCards === null || payWith.kind === "saved_card" ? 0 : newCards + limits.newCards.within,
  );
}

/** Writes the row. A saved card has already passed its checks, so its order is placed and its charge begun in one commit. */
async function writeOrder(
  deps: AccountDeps,
  placing: Placing,
  price: Price,
  card: Card | null,
): Promise<Order> {
  const { db, accountId } = deps;
  const placedAt = deps.now();
  const insert = insertOrder(db, {
    id: placing.orderId,
    accountId,
    content: placing.content,
    price,
    placedAt,
  });
  const begin =
    card === null
      ? []
      : [updateToPaying(db, placing.orderId, { card, setupIntentId: null, verifiedAt: placedAt })];
  const results = await db.batch<OrderRow>([insert, ...begin, selectOrder(db, placing.orderId)]);
  const row = results.at(-1)?.results[0];
  if (row === undefined) {
    throw new Error("An order just written could not be read");
  }
  return toOrder(row);
}

function toFailure(notForSale: NotForSale): Failure {
  switch (notForSale.kind) {
    case "below_minimum": {
      return { kind: "credits_below_minimum", minCredits: notForSale.minCredits };
    }
    case "above_maximum": {
      return { kind: "credits_above_maximum", maxCredits: notForSale.maxCredits };
    }
    case "no_prices": {
      return { kind: "no_prices" };
    }
  }
}
