/** How fast entries are committed: many at a time compared with one batch per entry, in the same run on the same machine. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openLedger } from "../../src/account/ledger.ts";
import { createQueue } from "../../src/account/queue.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { isAccountId, newId } from "../../src/domain/ids.ts";
import type { PostRequest } from "../../src/operations/account-deps.ts";
import { signedInCustomer } from "../support/customer.ts";

const AT_A_TIME = 128;
const ROUNDS = 10;

it("measures entries committed in groups against one batch per entry", async () => {
  const customer = await signedInCustomer();
  const { id } = (await customer.account()).account;
  if (!isAccountId(id)) {
    throw new Error("There is no account");
  }
  const takeTurn = createQueue({
    maxWaiting: 1000,
    maxWaitMilliseconds: 60_000,
    maxWorkMilliseconds: 60_000,
  });
  const ledger = openLedger(env.DB, id, takeTurn, { now: () => Date.now(), newId });

  const alone = await entriesPerSecond(async () => {
    for (let entry = 0; entry < AT_A_TIME; entry += 1) {
      await ledger.post(promotion());
    }
    return AT_A_TIME;
  });
  const grouped = await entriesPerSecond(async () => {
    await Promise.all(Array.from({ length: AT_A_TIME }, () => ledger.post(promotion())));
    return AT_A_TIME;
  });
  const fiveHundred = await entriesPerSecond(async () => {
    await Promise.all(Array.from({ length: 500 }, () => ledger.post(promotion())));
    return 500;
  });

  // oxlint-disable-next-line no-console -- A benchmark's result is what it prints.
  console.log(
    [
      `one batch an entry:      ${alone.toFixed(0)} entries/s`,
      `${AT_A_TIME} asked for at a time:  ${grouped.toFixed(0)} entries/s, ${(grouped / alone).toFixed(1)} times as many`,
      `500 asked for at a time: ${fiveHundred.toFixed(0)} entries/s, ${(fiveHundred / alone).toFixed(1)} times as many`,
    ].join("\n"),
  );
  const { balance } = (await customer.account()).account;
  expect(balance).toBe(ROUNDS * (AT_A_TIME + AT_A_TIME + 500));
});

async function entriesPerSecond(round: () => Promise<number>): Promise<number> {
  let entries = 0;
  const started = Date.now();
  for (let done = 0; done < ROUNDS; done += 1) {
    entries += await round();
  }
  return entries / ((Date.now() - started) / 1000);
}

function promotion(): PostRequest {
  return {
    bringing: {
      kind: "promotion",
      credits: toCredits(1),
      orderId: null,
      source: { type: "staff", id: crypto.randomUUID() },
      actor: "benchmark",
      note: null,
      expiresAt: null,
    },
    alongside: () => [],
  };
}
