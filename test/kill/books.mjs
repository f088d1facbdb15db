// Both sides' books after everything: D1's own, read with wrangler, and the stand-in's, read as Stripe's API.
// @ts-check
import { execFileSync } from "node:child_process";
import { ENVIRONMENT, ROOT } from "../commands/install.mjs";

/**
 * Everything that is wrong, in words. The stand-in delivers what is left and the cron runs first; the server is left running.
 * @param {{ address: string }} server
 * @param {string} state
 * @param {readonly import("./customers.mjs").Customer[]} customers
 * @returns {Promise<string[]>}
 */
export async function compareBooks({ address }, state, customers) {
  await fetch(`${address}/stand-in/stripe/events/deliver`, { method: "POST", body: "{}" });
  await fetch(`${address}/cdn-cgi/handler/scheduled`);
  const payments = await listPayments(address);
  const orders = query(
    state,
    `SELECT o.id, o.state, o.credits, o.amount_cents, o.payment_intent_id,
            (SELECT COUNT(*) FROM ledger_entries WHERE kind = 'purchase' AND order_id = o.id) AS purchases,
            (SELECT SUM(credits) FROM ledger_entries WHERE kind = 'purchase' AND order_id = o.id) AS credited,
            (SELECT COUNT(*) FROM receipts WHERE order_id = o.id) AS receipts
     FROM orders AS o`,
  );
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
    ...wrongAcknowledgements(orders, customers),
    ...books.map(({ id }) => `the balance of ${id} is not the sum of its entries and grants`),
    ...(reconciled?.differences === 0 ? [] : [`the reconciliation says ${JSON.stringify(reconciled)}`]),
  ];
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
      ...(paid.length > 1 ? [`${order.id} is charged ${paid.length} times`] : []),
      ...(isPaid && paid[0]?.id !== order.payment_intent_id ? [`${order.id} is paid by no payment`] : []),
      ...(isPaid && paid[0]?.amount_received !== order.amount_cents ? [`${order.id} is paid otherwise`] : []),
      ...(order.purchases === (isPaid ? 1 : 0)
        ? []
        : [`${order.id} is ${order.state} with ${order.purchases} purchases`]),
      ...(isPaid && order.credited !== order.credits ? [`${order.id} is credited ${order.credited}`] : []),
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
      ...(payment.status === "succeeded" && !isCredited ? [`${payment.id} is paid and not credited`] : []),
      ...(payment.status === "requires_capture" ? [`${payment.id} is left set aside`] : []),
    ];
  });
}

/**
 * What a customer was once told is paid stays paid.
 * @param {any[]} orders
 * @param {readonly import("./customers.mjs").Customer[]} customers
 */
function wrongAcknowledgements(orders, customers) {
  return customers
    .flatMap((customer) => customer.orders.filter(({ wasPaid }) => wasPaid))
    .filter(({ id }) => orders.find((order) => order.id === id)?.state !== "paid")
    .map(({ id }) => `${id} was answered as paid and is not`);
}

/**
 * @param {string} address
 * @returns {Promise<any[]>}
 */
async function listPayments(address) {
  const payments = [];
  for (let after = ""; ;) {
    const page = new URLSearchParams({ limit: "100", ...(after === "" ? {} : { starting_after: after }) });
    const response = await fetch(`${address}/stand-in/stripe/v1/payment_intents?${page.toString()}`, {
      headers: { Authorization: "Bearer sk_test_standin" },
    });
    const { data, has_more: hasMore } = await response.json();
    payments.push(...data);
    if (!hasMore) {
      return payments;
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
