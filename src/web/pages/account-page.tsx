/** The account page: balance, buying, orders, statement and contact details. */
import { type Dispute, type Hold, holdOf, isContested } from "../../domain/dispute.ts";
import type { OrderId } from "../../domain/ids.ts";
import type { MoneyBack } from "../../domain/money-back.ts";
import type { Order } from "../../domain/order.ts";
import type { Settings } from "../../settings.ts";
import type { Account } from "../../store/accounts.ts";
import { countText, creditsText } from "../../amount-text.ts";
import { Notice } from "../components/notice.tsx";
import { Buying, type Offer } from "./buying.tsx";
import { Layout } from "./layout.tsx";
import { OrderList } from "./order-list.tsx";
import { AccountScript, Done, stripeOf } from "./page-script.tsx";
import { type Statement, StatementPanel } from "./statement-page.tsx";

const LONGEST_LARGE_COUNT = "999,999,999".length;

/** One page of orders. `older` is the path of the next page of older ones, if any. */
export type OrderPage = {
  orders: readonly Order[];
  older: string | null;
  /** Refunds and disputes of these orders. */
  back: ReadonlyMap<OrderId, MoneyBack>;
};

/** Everything a customer has and can do here. The elements with ids are those the script refreshes after an order. */
export function AccountPage({
  offer,
  page,
  statement,
  disputes,
}: {
  offer: Offer;
  page: OrderPage;
  /** The newest lines of the statement. */
  statement: Statement;
  /** All disputes of the account; they decide whether it may buy credits. */
  disputes: readonly Dispute[];
}) {
  const { settings, account } = offer;
  const hold = holdOf(disputes, settings.duringDispute);
  return (
    <Layout
      title="Your account"
      seller={settings.seller}
      email={account.email}
      head={<AccountScript stripeScriptUrl={settings.stripe.scriptUrl} />}
    >
      <Balance account={account} hold={hold} />
      <OpenDisputes disputes={disputes} hold={hold} />
      <Done />
      <div class="columns">
        <section class="panel">
          <h2>Buy credits</h2>
          {hold.buying ? <BuyingStopped seller={settings.seller} /> : <Buying offer={offer} />}
        </section>
        <div>
          <section class="panel" id="orders">
            <h2>Orders</h2>
            <OrderList orders={page.orders} older={page.older} back={page.back} />
          </section>
          <StatementPanel statement={statement} />
          <ContactPanel account={account} />
        </div>
      </div>
    </Layout>
  );
}

/** A page of older orders, without the rest of the account page. */
export function EarlierOrdersPage({
  offer,
  page,
}: {
  offer: Pick<Offer, "settings" | "account">;
  page: OrderPage;
}) {
  return (
    <Layout
      title="Earlier orders"
      seller={offer.settings.seller}
      email={offer.account.email}
      head={<AccountScript />}
    >
      <p class="back">
        <a href="/account">← Your account</a>
      </p>
      <Done />
      <section class="panel sheet" id="orders" {...stripeOf(offer.settings)}>
        <h1>Earlier orders</h1>
        {page.orders.length === 0 ? (
          <p class="empty">There are no earlier orders.</p>
        ) : (
          <OrderList orders={page.orders} older={page.older} back={page.back} />
        )}
      </section>
    </Layout>
  );
}

function Balance({ account: { balance }, hold }: { account: Account; hold: Hold }) {
  const isOwed = balance < 0;
  const count = countText(Math.abs(balance));
  // Ten or more digits do not fit a phone's width at full size.
  const classes = `amount${isOwed ? " owed" : ""}${count.length > LONGEST_LARGE_COUNT ? " long" : ""}`;
  return (
    <section class="balance" id="balance" aria-label="Balance">
      <h1>{isOwed ? "You owe" : "Balance"}</h1>
      <p class={classes}>
        <strong class="figure" {...(!isOwed && { "data-balance": true })}>
          {count}
        </strong>{" "}
        {Math.abs(balance) === 1 ? "credit" : "credits"}
      </p>
      {isOwed && (
        <p class="fine">
          A payment went back after its credits were gone.{" "}
          {!hold.buying &&
            `Your next purchase settles this first, using ${creditsText(Math.abs(balance))} of what you buy.`}
        </p>
      )}
      {balance === 0 && !hold.buying && <p class="fine">Credits you buy are ready to use at once.</p>}
    </section>
  );
}

/** Names the order of each open dispute, and says what the disputes stop. */
function OpenDisputes({ disputes, hold }: { disputes: readonly Dispute[]; hold: Hold }) {
  const open = disputes.filter(isContested);
  if (open.length === 0) {
    return <></>;
  }
  const stopped = hold.spending ? "buy or use credits" : "buy credits";
  return (
    <Notice kind="problem">
      <strong>A payment is disputed with your bank.</strong>{" "}
      {hold.buying && `Until your bank decides, you cannot ${stopped}. `}
      {open.map((dispute) => (
        <a href={`/orders/${dispute.orderId}`}>Open the order</a>
      ))}
    </Notice>
  );
}

function BuyingStopped({ seller }: { seller: Settings["seller"] }) {
  return (
    <p class="empty">
      You cannot buy credits while a payment is disputed with your bank. If this is a mistake, please tell
      your bank and write to <a href={`mailto:${seller.email}`}>{seller.email}</a>.
    </p>
  );
}

function ContactPanel({ account: { email, name, phone } }: { account: Account }) {
  return (
    <section class="panel" id="contact">
      <h2>Contact</h2>
      <dl class="details">
        <dt>E-mail</dt>
        <dd>{email}</dd>
        <dt>Name</dt>
        <dd>{name ?? <span class="fine">Taken from the card you pay with</span>}</dd>
        <dt>Phone</dt>
        <dd>{phone ?? <span class="fine">Taken from the card you pay with</span>}</dd>
      </dl>
    </section>
  );
}
