// Both sides' books at the end: our own in D1, read with wrangler, and the stand-in's, read through Stripe's API.
// @ts-check
import { execFileSync } from "node:child_process";
import { ENVIRONMENT, ROOT } from "../commands/install.mjs";

/**
 * Everything that is wrong, in words. First the stand-in delivers what is left, the cron runs and staff compare the
 * books; then the server ends, because nothing else may have the database open while it is read.
 * @param {{ address: string, kill: () => Promise<void> }} server
 * @param {string} state
 * @param {readonly import("./customers.mjs").Customer[]} customers
 * @returns {Promise<string[]>}
 */
export async function compareBooks({ address, kill }, state, customers) {
  await fetch(`${address}/stand-in/stripe/events/deliver`, { method: "POST", body: "{}" });
  await fetch(`${address}/cdn-cgi/handler/scheduled`);
  const compared = await fetch(`${address}/admin/books/reconcile`, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      Cookie: "stand_in_staff=staff@example.com",
    },
    body: "{}",
  });
  if (!compared.ok) {
    throw new Error(`The books could not be compared: ${compared.status} ${await compared.text()}`);
  }
  const payments = await listAll(address, "payment_intents");
  const refunds = await listAll(address, "refunds");
  const disputes = await listAll(address, "disputes");
  await kill();
  const orders = query(
    state,
    `SELECT o.id, o.state, o.credits, o.amount_cents, o.payment_intent_id,
            (SELECT COUNT(*) FROM ledger_entries WHERE kind = 'purchase' AND order_id = o.id) AS purchases,
            (SELECT SUM(credits) FROM ledger_entries WHERE kind = 'purchase' AND order_id = o.id) AS credited,
            (SELECT COUNT(*) FROM receipts WHERE order_id = o.id) AS receipts,
            (SELECT COALESCE(-SUM(credits), 0) FROM ledger_entries WHERE order_id = o.id
               AND kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')) AS taken
     FROM orders AS o`,
  );
  const unfinished = query(
    state,
    `SELECT 'refund ' || id || ' is still only requested' AS what FROM refunds WHERE state = 'requested'
     UNION ALL
     SELECT 'the ledger does not follow what is known of ' || order_id FROM money_back WHERE posted < known`,
  );
  const written = new Set(query(state, "SELECT id FROM refunds").map(({ id }) => id));
  const books = query(
    state,
    `SELECT a.id FROM accounts AS a
     WHERE a.balance <> (SELECT COALESCE(SUM(credits), 0) FROM ledger_entries WHERE account_id = a.id)
        OR a.balance <> (SELECT COALESCE(SUM(remaining), 0) FROM grants WHERE account_id = a.id)`,
  );
  const [reconciled] = query(
    state,
    "SELECT differences, payments FROM reconciliations WHERE stage = 'done' ORDER BY started_at DESC LIMIT 1",
  );
  return [
    ...wrongOrders(orders, payments),
    ...wrongPayments(orders, payments),
    ...wrongMoneyBack(orders, refunds, disputes, written),
    ...unfinished.map(({ what }) => what),
    ...wrongAcknowledgements(orders, customers),
    ...books.map(({ id }) => `the balance of ${id} is not the sum of its entries and grants`),
    ...(reconciled?.differences === 0 && reconciled.payments === countPaid(payments)
      ? []
      : [`the reconciliation found ${JSON.stringify(reconciled)}`]),
  ];
}

/** @param {any[]} payments */
function countPaid(payments) {
  return payments.filter(({ status }) => status === "succeeded").length;
}

/**
 * @param {any[]} orders
 * @param {any[]} payments
 */
function wrongOrders(orders, payments) {
  return orders.flatMap((order) => {
    const paid = payments.filter(
      ({ metadata, status }) => metadata.order_id === order.id && status === "succeeded",
    );
    const isPaid = order.state === "paid";
    return [
      ...(["placed", "verifying", "paying"].includes(order.state)
        ? [`${order.id} is still ${order.state}`]
        : []),
      ...(paid.length > 1 ? [`${order.id} was charged ${paid.length} times`] : []),
      ...(isPaid && paid[0]?.id !== order.payment_intent_id
        ? [`${order.id} names a payment that did not pay it`]
        : []),
      ...(isPaid && paid[0]?.amount_received !== order.amount_cents
        ? [`${order.id} was paid with another amount`]
        : []),
      ...(order.purchases === (isPaid ? 1 : 0)
        ? []
        : [`${order.id} is ${order.state} with ${order.purchases} purchases`]),
      ...(isPaid && order.credited !== order.credits ? [`${order.id} was credited ${order.credited}`] : []),
      ...(order.receipts === (isPaid ? 1 : 0) ? [] : [`${order.id} has ${order.receipts} receipts`]),
    ];
  });
}

/**
 * @param {any[]} orders
 * @param {any[]} payments
 */
function wrongPayments(orders, payments) {
  return payments.flatMap((payment) => {
    const order = orders.find(({ id }) => id === payment.metadata.order_id);
    const isCredited = order?.state === "paid" && order.payment_intent_id === payment.id;
    return [
      ...(payment.status === "succeeded" && !isCredited ? [`${payment.id} is paid but not credited`] : []),
      ...(payment.status === "requires_capture" ? [`${payment.id} is still authorised`] : []),
    ];
  });
}

/**
 * The credits taken are those of the money that went back, and each refund requested in the product was made once.
 * @param {any[]} orders
 * @param {any[]} refunds
 * @param {any[]} disputes
 * @param {Set<string>} written
 */
function wrongMoneyBack(orders, refunds, disputes, written) {
  const gone = [
    ...refunds.filter(({ status }) => status === "pending" || status === "succeeded"),
    ...disputes.filter(({ status }) => ["needs_response", "under_review", "lost"].includes(status)),
  ];
  const made = refunds.map(({ metadata }) => metadata.refund_id).filter((id) => id !== undefined);
  return [
    ...orders
      .filter(({ state }) => state === "paid")
      .flatMap((order) => {
        const own = gone.filter(({ payment_intent: payment }) => payment === order.payment_intent_id);
        const cents = own.reduce((sum, { amount }) => sum + amount, 0);
        const share = Math.floor((order.credits * Math.min(cents, order.amount_cents)) / order.amount_cents);
        return order.taken === share
          ? []
          : [`${order.taken} credits of ${order.id} were taken, not ${share}`];
      }),
    ...(new Set(made).size === made.length ? [] : ["a refund was made more than once"]),
    ...made.filter((id) => !written.has(id)).map((id) => `${id} was made at Stripe but is not in our books`),
  ];
}

/**
 * What a customer was once told is paid must stay paid.
 * @param {any[]} orders
 * @param {readonly import("./customers.mjs").Customer[]} customers
 */
function wrongAcknowledgements(orders, customers) {
  return customers
    .flatMap((customer) => customer.orders.filter(({ wasPaid }) => wasPaid))
    .filter(({ id }) => orders.find((order) => order.id === id)?.state !== "paid")
    .map(({ id }) => `${id} was reported as paid but is not`);
}

/**
 * @param {string} address
 * @param {string} what
 * @returns {Promise<any[]>}
 */
async function listAll(address, what) {
  const found = [];
  for (let after = ""; ;) {
    const page = new URLSearchParams({ limit: "100", ...(after === "" ? {} : { starting_after: after }) });
    const response = await fetch(`${address}/stand-in/stripe/v1/${what}?${page.toString()}`, {
      headers: { Authorization: "Bearer sk_test_standin" },
    });
    const { data, has_more: hasMore } = await response.json();
    found.push(...data);
    if (!hasMore) {
      return found;
    }
    after = data.at(-1).id;
  }
}

/**
 * @param {string} state
 * @param {string} sql
 * @returns {any[]}
 */
function query(state, sql) {
  const output = execFileSync(
    `${ROOT}node_modules/.bin/node`,
    [
      `${ROOT}node_modules/wrangler/bin/wrangler.js`,
      "d1",
      "execute",
      "DB",
      "--local",
      "--json",
      "--config",
      "test/stand-in/wrangler.toml",
      "--persist-to",
      state,
      "--command",
      sql,
    ],
    {
      cwd: ROOT,
      env: ENVIRONMENT,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  return JSON.parse(output)[0].results;
}
