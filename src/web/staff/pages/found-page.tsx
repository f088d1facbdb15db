/** What was found of what staff looked for: the orders of one customer, or nothing. */
import type { OrderId } from "../../../domain/ids.ts";
import type { MoneyBack } from "../../../domain/money-back.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { creditsText } from "../../amount-text.ts";
import { Moment } from "../../components/moment.tsx";
import { standingOf } from "../../money-back-words.ts";
import { FindForm, OrderLine, State } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

export type Found = {
  orders: readonly KnownOrder[];
  /** The account, where its address was looked for. */
  account: { email: string; balance: number } | null;
  back: ReadonlyMap<OrderId, MoneyBack>;
};

/** The page at /admin/find. */
export function FoundPage({
  seller,
  staff,
  asked,
  problem,
  found,
}: {
  seller: { name: string };
  staff: string;
  asked: string;
  problem?: string;
  found?: Found;
}) {
  return (
    <StaffLayout title="Find" seller={seller} staff={staff}>
      <section class="panel sheet">
        <FindForm asked={asked} {...(problem !== undefined && { error: problem })} />
        {found !== undefined && <Results found={found} asked={asked} />}
      </section>
    </StaffLayout>
  );
}

function Results({ found: { orders, account, back }, asked }: { found: Found; asked: string }) {
  return (
    <>
      <h1>{account === null ? "Orders" : <span class="unbroken">{account.email}</span>}</h1>
      {account !== null && (
        <p class="lead">
          {account.balance < 0
            ? `Owes ${creditsText(-account.balance)}.`
            : `Has ${creditsText(account.balance)}.`}
        </p>
      )}
      {orders.length === 0 ? (
        <p class="empty">
          {account === null ? (
            <>
              Nothing is known by <span class="unbroken">{asked}</span>.
            </>
          ) : (
            "This account has no orders."
          )}
        </p>
      ) : (
        <ul class="orders">
          {orders.map((known) => (
            <li>
              <OrderLine known={known} id={known.order.id} />
              <p class="facts fine">
                <State {...standingOf(known.order, back.get(known.order.id))} />
                <Moment at={known.order.placedAt} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
