/** One account as staff see it: whose it is, what it has or owes, and its orders. */
import type { OrderId } from "../../../domain/ids.ts";
import type { MoneyBack } from "../../../domain/money-back.ts";
import type { Account } from "../../../store/accounts.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { creditsText } from "../../amount-text.ts";
import { Day, Moment } from "../../components/moment.tsx";
import { standingOf } from "../../money-back-words.ts";
import { OrderLine, State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** The account, its newest orders, at most `limit`, and what went back of them. */
export type AccountSeen = {
  account: Account;
  orders: readonly KnownOrder[];
  back: ReadonlyMap<OrderId, MoneyBack>;
  limit: number;
};

/** The page at /admin/accounts/:id. */
export function StaffAccountPage({
  seller,
  staff,
  seen: { account, orders, back, limit },
}: {
  seller: { name: string };
  staff: string;
  seen: AccountSeen;
}) {
  return (
    <StaffLayout title="Account" seller={seller} staff={staff}>
      <section class="panel sheet">
        <h1 class="unbroken">{account.email}</h1>
        <p class="lead">
          {account.balance < 0
            ? `Owes ${creditsText(Math.abs(account.balance))}.`
            : `Has ${creditsText(account.balance)}.`}
        </p>
        <dl class="details">
          <dt>Name</dt>
          <dd>{account.name ?? "Not known"}</dd>
          <dt>Since</dt>
          <dd>
            <Day at={account.createdAt} />
          </dd>
          <dt>Account</dt>
          <dd>
            <code>{account.id}</code>
          </dd>
        </dl>
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
                </p>
              </li>
            ))}
          </ul>
        )}
        {orders.length === limit && <p class="fine">{`The newest ${limit}.`}</p>}
      </section>
    </StaffLayout>
  );
}
