/** GET /account: the customer's own page, or the same data as JSON. */
import { Hono } from "hono";
import { callAccount } from "../account/call-account.ts";
import type { Card } from "../domain/card.ts";
import { isOrderId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { Order } from "../domain/order.ts";
import { listSavedCards } from "../store/cards.ts";
import { listDisputes } from "../store/disputes.ts";
import { listMoneyBack } from "../store/money-back.ts";
import { listOrders } from "../store/orders.ts";
import { readPriceList } from "../store/prices.ts";
import { fail, wantsPage } from "./failure-response.ts";
import { requireSession } from "./middleware/session.ts";
import { toMoneyBackJson } from "./money-back-json.ts";
import { toOrderJson } from "./order-json.ts";
import { AccountPage, EarlierOrdersPage, type OrderPage } from "./pages/account-page.tsx";
import { readStatement } from "./statement.tsx";
import type { SignedInEnv } from "./web-env.ts";

const ORDERS_A_PAGE = 10;
/** How much of the statement is shown here. The chart is small, so it needs few balances. */
const NEWEST_LINES = { before: Number.MAX_SAFE_INTEGER, lines: 5, balances: 60 };

export const accountRoutes = new Hono<SignedInEnv>().get("/account", requireSession, async (c) => {
  const { account, deps } = c.var;
  const { db, now, settings } = deps;
  const before = c.req.query("before") ?? null;
  if (before !== null && !isOrderId(before)) {
    const fields = [{ field: "before", problem: "must be an order id" }];
    return fail(c, { kind: "invalid_request", fields });
  }

  // Fetch one more than is shown, to know whether there are older ones.
  const orders = listOrders(db, account.id, { before, limit: ORDERS_A_PAGE + 1 }).then((found) =>
    toOrderPage(db, found),
  );
  if (before !== null && wantsPage(c)) {
    return c.html(<EarlierOrdersPage offer={{ settings, account }} page={await orders} />);
  }
  if (account.stripeCustomerId === null) {
    // Create the Stripe customer while the page is being read, so that the first purchase need not wait for it.
    c.executionCtx.waitUntil(callAccount(c.env, account.id, (object) => object.tidy(account.id)));
  }
  const [page, statement, savedCards, prices, disputes] = await Promise.all([
    orders,
    wantsPage(c) ? readStatement(deps, account.id, NEWEST_LINES) : null,
    listSavedCards(db, account.id),
    readPriceList(db, settings.limits),
    listDisputes(db, account.id),
  ]);
  if (statement === null) {
    const { id, email, name, balance } = account;
    return c.json({
      account: { id, email, name, balance },
      orders: page.orders.map((order) => ({
        ...toOrderJson(order),
        ...toMoneyBackJson(page.back.get(order.id) ?? { refunds: [], disputes: [] }),
      })),
      older_orders: page.older,
      saved_cards: savedCards.map(toCardJson),
    });
  }
  const cards = savedCards.filter((card) => !hasExpired(card, now()));
  const offer = { settings, account, prices, cards };
  return c.html(<AccountPage offer={offer} page={page} statement={statement} disputes={disputes} />);
});

async function toOrderPage(db: D1Database, found: readonly Order[]): Promise<OrderPage> {
  const orders = found.slice(0, ORDERS_A_PAGE);
  const last = orders.at(-1);
  const hasMore = found.length > orders.length && last !== undefined;
  const paid = orders.filter(({ state }) => state === "paid").map(({ id }) => id);
  const back = await listMoneyBack(db, paid);
  return { orders, older: hasMore ? `/account?before=${last.id}` : null, back };
}

/** A saved card in a JSON response. */
function toCardJson({ id, brand, last4, expMonth, expYear }: Card) {
  return { id, brand, last4, exp_month: expMonth, exp_year: expYear };
}

/** A card is valid until its month has ended everywhere on Earth. */
function hasExpired({ expMonth, expYear }: Card, now: Instant): boolean {
  return now > Date.UTC(expYear, expMonth, 2);
}
