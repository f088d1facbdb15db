/** One account as staff see it: its owner, its balance, any limits or holds, its orders, and its newest entries. */
import type { Dispute, Hold } from "../../../domain/dispute.ts";
import type { OrderId } from "../../../domain/ids.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { MoneyBack } from "../../../domain/money-back.ts";
import type { RefundState } from "../../../domain/refund.ts";
import type { Account } from "../../../store/accounts.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import type { OrderEntry } from "../../../store/order-history.ts";
import { countText, creditsText } from "../../../amount-text.ts";
import { CardMark } from "../../components/card-mark.tsx";
import { Day, Moment } from "../../components/moment.tsx";
import { Notice } from "../../components/notice.tsx";
import { standingOf } from "../../money-back-words.ts";
import { disputeStanding } from "../dispute-words.ts";
import { REFUND_STATES } from "../refund-words.ts";
import { Entries } from "./entries.tsx";
import { OrderLine, State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** Everything the page shows. Orders and entries are the newest, at most `shown` of each. */
export type AccountSeen = {
  account: Account;
  orders: readonly KnownOrder[];
  back: ReadonlyMap<OrderId, MoneyBack>;
  refunds: readonly { state: RefundState; count: number }[];
  disputes: readonly Dispute[];
  entries: readonly OrderEntry[];
  /** The limits and holds on the account now, and when the limits lift. */
  stops: { unpaidUntil: Instant | null; newCardsUntil: Instant | null; hold: Hold };
  shown: { orders: number; entries: number };
};

/** The page at /admin/accounts/:id. */
export function StaffAccountPage({
  seller,
  staff,
  seen: { account, orders, back, refunds, disputes, entries, stops, shown },
}: {
  seller: { name: string };
  staff: string;
  seen: AccountSeen;
}) {
  return (
    <StaffLayout title="Account" seller={seller} staff={staff}>
      <div class="stack">
        <section class="panel">
          <h1 class="unbroken">{account.email}</h1>
          <p class="lead">
            {account.balance < 0
              ? `Owes ${creditsText(Math.abs(account.balance))}.`
              : `Has ${creditsText(account.balance)}.`}
          </p>
          <Stops stops={stops} />
          <dl class="details">
            <dt>Name</dt>
            <dd>{account.name ?? "Not known"}</dd>
            <dt>Since</dt>
            <dd>
              <Day at={account.createdAt} />
            </dd>
            <dt>Refunds</dt>
            <dd>
              {countsText(refunds.map(({ state, count }) => ({ word: REFUND_STATES[state].word, count })))}
            </dd>
            <dt>Disputes</dt>
            <dd>
              {countsText(disputes.map((dispute) => ({ word: disputeStanding(dispute).word, count: 1 })))}
            </dd>
            <dt>Account</dt>
            <dd>
              <code>{account.id}</code>
            </dd>
          </dl>
        </section>
        <section class="panel" id="orders">
          <h2>Orders</h2>
          {orders.length === 0 ? (
            <p class="empty">This account has no orders.</p>
          ) : (
            <ul class="orders">
              {orders.map((known) => (
                <li>
                  <OrderLine known={known} id={known.order.id} isOwn />
                  <p class="facts fine">
                    <State {...standingOf(known.order, back.get(known.order.id))} />
                    <Moment at={known.order.placedAt} />
                    {known.order.card !== null && <CardMark card={known.order.card} />}
                    {known.order.state === "paid" && <span>{`Receipt ${known.order.receipt.number}`}</span>}
                  </p>
                </li>
              ))}
            </ul>
          )}
          {orders.length === shown.orders && <p class="fine">{`Showing the newest ${shown.orders}.`}</p>}
        </section>
        <section class="panel" id="entries">
          <h2>Entries</h2>
          <Entries entries={entries} limit={shown.entries} empty="This account has no entries." />
        </section>
      </div>
    </StaffLayout>
  );
}

/** What the account may not do now; empty if nothing stops it. */
function Stops({ stops: { unpaidUntil, newCardsUntil, hold } }: { stops: AccountSeen["stops"] }) {
  return (
    <>
      {hold.buying && (
        <Notice kind="problem">
          <p>{`On hold while one of its payments is disputed: it cannot buy${hold.spending ? " or spend" : ""}.`}</p>
        </Notice>
      )}
      {unpaidUntil !== null && (
        <Notice kind="problem">
          <p>
            Too many unpaid attempts: it cannot buy until <Moment at={unpaidUntil} />.
          </p>
        </Notice>
      )}
      {newCardsUntil !== null && (
        <Notice kind="problem">
          <p>
            Too many attempts with new cards: it can buy only with a saved card until{" "}
            <Moment at={newCardsUntil} />.
          </p>
        </Notice>
      )}
    </>
  );
}

/** The total, and how many of each kind: `3: 2 refunded, 1 failed`. */
function countsText(counts: readonly { word: string; count: number }[]): string {
  const byWord = new Map<string, number>();
  for (const { word, count } of counts) {
    byWord.set(word, (byWord.get(word) ?? 0) + count);
  }
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const kinds = [...byWord].map(([word, count]) => `${countText(count)} ${word.toLowerCase()}`);
  return total === 0 ? "None" : `${countText(total)}: ${kinds.join(", ")}`;
}
