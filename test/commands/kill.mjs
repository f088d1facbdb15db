// `npm run kill -- --rounds N`: N times, kills the server that `npm start` starts with SIGKILL while customers buy, money
// goes back and Stripe sends storms of webhooks, and starts it again on the same state. Then everything settles, and both
// sides' books must agree. `--seed S` repeats the moments and the choices.
// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { compareBooks } from "../kill/books.mjs";
import { buyForAWhile, newCustomer, settleAll } from "../kill/customers.mjs";
import { chance } from "../kill/chance.mjs";
import { sendMoneyBackForAWhile, settleRefunds } from "../kill/money-back.mjs";
import { startServer } from "../kill/server.mjs";
import { stormForAWhile } from "../kill/storm.mjs";
import { ensureInstalled } from "./install.mjs";
import { answerHelp } from "./usage.mjs";

answerHelp(import.meta.url);
const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
const rounds = Number(values.rounds ?? 10);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const NEW_CUSTOMERS_A_ROUND = 3;
const SHORTEST_MILLISECONDS = 100;
const LONGEST_MILLISECONDS = 4000;

await ensureInstalled();
const random = chance(seed);
const state = mkdtempSync(path.join(tmpdir(), "denarius-kill-"));
/** @type {import("../kill/customers.mjs").Customer[]} */
const customers = [];
/** @type {import("../kill/money-back.mjs").Refund[]} */
const refunds = [];
const counts = { kills: 0, requests: 0, cutOff: 0, orders: 0, moneyBack: 0, events: 0 };
console.log(`Killing the server ${rounds} times, seed ${seed}`);

let server = await startServer(state);
for (let round = 1; round <= rounds; round += 1) {
  for (let count = 0; count < NEW_CUSTOMERS_A_ROUND; count += 1) {
    customers.push(await newCustomer(server.address, `${seed}-${round}-${count}@example.com`));
  }
  const until =
    Date.now() + SHORTEST_MILLISECONDS + random() * (LONGEST_MILLISECONDS - SHORTEST_MILLISECONDS);
  const { address } = server;
  const work = [
    ...customers
      .slice(-2 * NEW_CUSTOMERS_A_ROUND)
      .map((customer) => buyForAWhile(address, customer, random, until, counts)),
    sendMoneyBackForAWhile(address, random, until, refunds, counts),
    stormForAWhile(address, random, until, counts),
  ];
  await new Promise((resolve) => setTimeout(resolve, until - Date.now()));
  await server.kill();
  counts.kills += 1;
  await Promise.all(work);
  server = await startServer(state);
  if (round % 10 === 0 || round === rounds) {
    tell(`${round} of ${rounds}`);
  }
}

await settleAll(server.address, customers);
await settleRefunds(server.address, refunds);
const wrong = await compareBooks(server, state, customers);
counts.orders = customers.reduce((sum, { orders }) => sum + orders.length, 0);
tell("Done");
for (const what of wrong) {
  console.error(`Wrong: ${what}`);
}
if (wrong.length === 0) {
  rmSync(state, { recursive: true, force: true });
  console.log("Every order has come to its end, and the books agree with Stripe's.");
} else {
  console.error(`Problems found: ${wrong.length}. The state is kept in ${state}; repeat with --seed ${seed}`);
  process.exitCode = 1;
}

/** @param {string} what */
function tell(what) {
  const orders = customers.reduce((sum, customer) => sum + customer.orders.length, 0);
  console.log(
    `${what}: ${counts.kills} kills, ${counts.requests} requests, ${counts.cutOff} of them cut off, ${orders} orders, ${counts.moneyBack} refunds and dispute changes, ${counts.events} deliveries`,
  );
}
