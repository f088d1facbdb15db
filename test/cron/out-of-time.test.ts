/** A run of the cron without enough time: it stops, reports, leaves the rest of the cron its turn, and the next goes on there. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCron } from "../../src/cron/run.ts";
import { recoverAll } from "../../src/cron/recover.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import { listCronRuns } from "../../src/store/cron-runs.ts";
import { bindingsWith } from "../support/bindings.ts";
import { newAccount, rows } from "../support/books.ts";

beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare("DELETE FROM cron_runs"),
    env.DB.prepare("UPDATE accounts SET customer_is_stale = 0"),
  ]);
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Accounts that each have something unfinished, in the order in which the cron looks at them. */
async function accountsWaiting(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    ids.push(await newAccount());
  }
  await env.DB.prepare(
    "UPDATE accounts SET customer_is_stale = 1 WHERE id IN (SELECT value FROM json_each(?1))",
  )
    .bind(JSON.stringify(ids))
    .run();
  return ids;
}

/** The bindings while Stripe hangs, so that every account takes `milliseconds` to answer that its order waits. */
function whileEachTakes(milliseconds: number, asked: string[]): typeof env {
  const slow = {
    getByName: (name: string) => ({
      recover: async () => {
        asked.push(name);
        vi.setSystemTime(Date.now() + milliseconds);
        return { settled: 0, waiting: 1, failed: 0, isDone: false };
      },
    }),
  };
  return bindingsWith({ ACCOUNT: slow });
}

/** The bindings of a run that is killed, and can write nothing more, once it has asked `count` accounts. */
function killedAfter(count: number, bindings: typeof env, asked: readonly string[]): typeof env {
  const dying = new Proxy(env.DB, {
    get(target, key) {
      if (asked.length > count) {
        throw new Error("The run was killed");
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { ...bindings, DB: dying };
}

describe("a run whose accounts take half a minute each", () => {
  it("stops after three minutes and reports what it did and where it stopped", async () => {
    const accounts = await accountsWaiting(10);
    const begun = Date.now();
    const asked: string[] = [];

    await recoverAll(whileEachTakes(30 * SECOND, asked));

    expect(asked).toEqual(accounts.slice(0, 6));
    expect(await listCronRuns(env.DB, 1)).toMatchObject([
      {
        startedAt: begun,
        finishedAt: begun + 3 * MINUTE,
        accountsLookedAt: 6,
        ordersWaiting: 6,
        stoppedAfter: accounts[5],
      },
    ]);
  });

  it("is continued by the next, which reaches the end; the one after begins again at the first", async () => {
    const accounts = await accountsWaiting(10);
    const bindings = whileEachTakes(30 * SECOND, []);
    await recoverAll(bindings);
    const asked: string[] = [];

    const second = await recoverAll(whileEachTakes(30 * SECOND, asked));
    expect([asked, second.stoppedAfter]).toEqual([accounts.slice(6), null]);

    await recoverAll(whileEachTakes(30 * SECOND, asked));
    expect(asked.slice(4)).toEqual(accounts.slice(0, 6));
  });

  it("has reached the end if its time is over with the last account", async () => {
    const accounts = await accountsWaiting(6);
    const asked: string[] = [];
    expect(await recoverAll(whileEachTakes(30 * SECOND, asked))).toMatchObject({ stoppedAfter: null });
    expect(asked).toEqual(accounts);
  });

  it("stops at an account in the middle of a page of fifty, and at one on the second page", async () => {
    const accounts = await accountsWaiting(70);
    const asked: string[] = [];
    expect(await recoverAll(whileEachTakes(3 * SECOND, asked))).toMatchObject({
      accountsLookedAt: 60,
      stoppedAfter: accounts[59],
    });
    expect(await recoverAll(whileEachTakes(3 * SECOND, asked))).toMatchObject({ stoppedAfter: null });
    expect(asked).toEqual(accounts);
  });
});

describe("a run that is killed", () => {
  it("has left what it did and the place to go on from", async () => {
    const accounts = await accountsWaiting(10);
    const asked: string[] = [];
    const slow = whileEachTakes(30 * SECOND, asked);

    await expect(recoverAll(killedAfter(3, slow, asked))).rejects.toThrow("killed");

    expect(await listCronRuns(env.DB, 1)).toMatchObject([
      { finishedAt: null, accountsLookedAt: 3, ordersWaiting: 3, stoppedAfter: accounts[2] },
    ]);
    await recoverAll(slow);
    expect(asked.slice(4)).toEqual(accounts.slice(3, 9));
  });

  it("before its first account leaves the place where it began itself", async () => {
    const accounts = await accountsWaiting(10);
    const asked: string[] = [];
    await recoverAll(whileEachTakes(30 * SECOND, asked));
    await expect(recoverAll(killedAfter(6, whileEachTakes(30 * SECOND, asked), asked))).rejects.toThrow(
      "killed",
    );

    await recoverAll(whileEachTakes(30 * SECOND, asked));

    expect(asked.slice(7)).toEqual(accounts.slice(6));
  });
});

it("the cron compares the books and forgets what is old, although recovery ran out of time", async () => {
  await accountsWaiting(10);
  vi.setSystemTime(Math.ceil(Date.now() / DAY) * DAY + 4 * HOUR);
  await env.DB.prepare(
    "INSERT INTO sign_in_tokens (token_hash, email, created_at, expires_at) VALUES ('old', 'a@example.com', 1, 2)",
  ).run();
  const begun = Date.now();

  await runCron(whileEachTakes(30 * SECOND, []));

  expect(Date.now() - begun).toBeLessThan(15 * MINUTE);
  expect(await rows("SELECT accounts_looked_at FROM cron_runs")).toEqual([{ accounts_looked_at: 6 }]);
  expect(await rows("SELECT stage FROM reconciliations")).toEqual([{ stage: "done" }]);
  expect(await rows("SELECT token_hash FROM sign_in_tokens WHERE token_hash = 'old'")).toEqual([]);
});
