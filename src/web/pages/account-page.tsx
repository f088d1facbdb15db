/** The account page: the balance, buying, orders, contact. */
import type { Order } from "../../domain/order.ts";
import type { Account } from "../../store/accounts.ts";
import { countText, creditsText } from "../amount-text.ts";
import { Buying, type Offer } from "./buying.tsx";
import { Layout } from "./layout.tsx";
import { OrderList } from "./order-list.tsx";

/** One page of orders, and the address of the page before it in time. */
export type OrderPage = { orders: readonly Order[]; older: string | null };

/** Everything a customer has and can do here. The ids are the parts that the script renews after an order. */
export function AccountPage({ offer, page }: { offer: Offer; page: OrderPage }) {
  const { settings, account } = offer;
  return (
    <Layout
      title="Your account"
      seller={settings.seller}
      email={account.email}
      head={<AccountScripts stripeScriptUrl={settings.stripe.scriptUrl} />}
    >
      <Balance account={account} />
      <div id="done" tabindex={-1}></div>
      <div class="columns">
        <section class="panel">
          <h2>Buy credits</h2>
          <Buying offer={offer} />
        </section>
        <div>
          <section class="panel" id="orders">
            <h2>Orders</h2>
            <OrderList orders={page.orders} older={page.older} />
          </section>
          <ContactPanel account={account} />
        </div>
      </div>
    </Layout>
  );
}

/** The script of the account's pages; Stripe's own is fetched early and started by ours, which can try again. */
export function AccountScripts({ stripeScriptUrl }: { stripeScriptUrl: string }) {
  return (
    <>
      <link rel="preload" as="script" href={stripeScriptUrl} />
      <script type="module" src="/account.js"></script>
    </>
  );
}

/** Orders of an earlier time, alone on their page. */
export function EarlierOrdersPage({
  offer,
  page,
}: {
  offer: Pick<Offer, "settings" | "account">;
  page: OrderPage;
}) {
  return (
    <Layout title="Earlier orders" seller={offer.settings.seller} email={offer.account.email}>
      <p class="back">
        <a href="/account">← Your account</a>
      </p>
      <section class="panel sheet">
        <h1>Earlier orders</h1>
        {page.orders.length === 0 ? (
          <p class="empty">There are no orders before these.</p>
        ) : (
          <OrderList orders={page.orders} older={page.older} />
        )}
      </section>
    </Layout>
  );
}

function Balance({ account: { balance } }: { account: Account }) {
  return (
    <section class="balance" id="balance" aria-label="Balance">
      {balance < 0 ? (
        <>
          <h1>You owe</h1>
          <p class="amount owed">
            <strong class="figure">{countText(Math.abs(balance))}</strong>{" "}
            {balance === -1 ? "credit" : "credits"}
          </p>
          <p class="fine">
            A payment was taken back after its credits had been used. Your next purchase settles this first:
            of what you buy, {creditsText(Math.abs(balance))} will be gone at once.
          </p>
        </>
      ) : (
        <>
          <h1>Balance</h1>
          <p class="amount">
            <strong class="figure" data-balance>
              {countText(balance)}
            </strong>{" "}
            {balance === 1 ? "credit" : "credits"}
          </p>
          {balance === 0 && <p class="fine">Credits you buy below are here at once.</p>}
        </>
      )}
    </section>
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
