/** The balance (https://docs.stripe.com/api/balance): what is pending, and what can be paid out. */
import type Stripe from "stripe";
import { z } from "zod";
import { all } from "./objects.ts";
import { expand } from "./params.ts";
import { endpoint } from "./routes-table.ts";
import type { Sandbox } from "./sandbox.ts";

export const balanceRoutes = [
  endpoint("GET", "/v1/balance", z.strictObject({ expand }), (sandbox) => balanceOf(sandbox)),
];

/** The sum of all balance transactions, by whether their money is available, in each currency. */
export function balanceOf(sandbox: Sandbox): Stripe.Balance {
  const transactions = all(sandbox, "balance_transaction");
  const currencies = [...new Set(["usd", ...transactions.map(({ currency }) => currency)])];
  const sums = (status: string) =>
    currencies.map((currency) => {
      const amount = transactions
        .filter((transaction) => transaction.currency === currency && transaction.status === status)
        .reduce((sum, { net }) => sum + net, 0);
      return { amount, currency, source_types: { card: amount } };
    });
  return {
    object: "balance",
    available: sums("available"),
    livemode: false,
    pending: sums("pending"),
  };
}

/** What can be paid out in a currency. */
export function availableIn(sandbox: Sandbox, currency: string): number {
  return balanceOf(sandbox).available.find((part) => part.currency === currency)?.amount ?? 0;
}
