/** GET /admin/accounts/:id: one account, any current limits or holds on it, its orders, and its newest ledger entries. */
import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { holdOf } from "../../domain/dispute.ts";
import { type AccountId, isAccountId } from "../../domain/ids.ts";
import { attemptLimits } from "../../operations/place-order.ts";
import { findAccount } from "../../store/accounts.ts";
import { type AttemptsRow, selectAttempts } from "../../store/attempts.ts";
import { listDisputes } from "../../store/disputes.ts";
import { findKnownOrders } from "../../store/known-orders.ts";
import { listMoneyBack } from "../../store/money-back.ts";
import { listEntriesOfAccount } from "../../store/order-history.ts";
import { countRefunds } from "../../store/refunds.ts";
import { fail, wantsPage } from "../failure-response.ts";
import { type AccountSeen, StaffAccountPage } from "./pages/account-page.tsx";
import type { StaffEnv } from "./staff-env.ts";
import { isoOrNull, toDisputeJson, toEntryJson, toStaffOrderJson } from "./staff-json.ts";

/** How many orders and entries are shown. */
const SHOWN = { orders: 50, entries: 20 };

export const staffAccountRoutes = new Hono<StaffEnv>().get("/admin/accounts/:id", async (c) => {
  const { deps, staff } = c.var;
  const seen = await readAccount(deps, c.req.param("id"));
  if (seen === null) {
    return fail(c, { kind: "not_found" });
  }
  if (wantsPage(c)) {
    return c.html(<StaffAccountPage seller={deps.settings.seller} staff={staff} seen={seen} />);
  }
  const { id, email, name, balance, createdAt } = seen.account;
  const { unpaidUntil, newCardsUntil, hold } = seen.stops;
  return c.json({
    account: { id, email, name, balance, created_at: new Date(createdAt).toISOString() },
    stops: {
      buying_until: isoOrNull(unpaidUntil),
      new_cards_until: isoOrNull(newCardsUntil),
      is_buying_on_hold: hold.buying,
      is_spending_on_hold: hold.spending,
    },
    orders: seen.orders.map(toStaffOrderJson),
    refunds: Object.fromEntries(seen.refunds.map(({ state, count }) => [state, count])),
    disputes: seen.disputes.map((dispute) => toDisputeJson(dispute)),
    entries: seen.entries.map(toEntryJson),
  });
});

async function readAccount(deps: Deps, id: string): Promise<AccountSeen | null> {
  const { db } = deps;
  const account = isAccountId(id) ? await findAccount(db, id) : null;
  if (account === null) {
    return null;
  }
  const [orders, refunds, disputes, entries, limited] = await Promise.all([
    findKnownOrders(db, { by: "account", id: account.id }, SHOWN.orders),
    countRefunds(db, account.id),
    listDisputes(db, account.id),
    listEntriesOfAccount(db, account.id, SHOWN.entries),
    readLimits(deps, account.id),
  ]);
  const back = await listMoneyBack(
    db,
    orders.map(({ order }) => order.id),
  );
  const stops = { ...limited, hold: holdOf(disputes, deps.settings.duringDispute) };
  return { account, orders, back, refunds, disputes, entries, stops, shown: SHOWN };
}

/** When each attempt limit the account has hit will lift; null for one it has not hit. */
async function readLimits(
  { db, settings, now }: Deps,
  accountId: AccountId,
): Promise<Pick<AccountSeen["stops"], "unpaidUntil" | "newCardsUntil">> {
  const limits = attemptLimits(settings);
  const began = await selectAttempts(db, accountId, now(), limits).first<AttemptsRow>();
  const { unpaid_began_at: unpaid = null, new_cards_began_at: newCards = null } = began ?? {};
  return {
    unpaidUntil: unpaid === null ? null : unpaid + limits.unpaid.within,
    newCardsUntil: newCards === null ? null : newCards + limits.newCards.within,
  };
}
