/** The account's ledger as its object keeps it: posting once, in groups, to a database whose answers may be lost. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/account/ledger.ts";
import { createQueue } from "../../src/account/queue.ts";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, newId } from "../../src/domain/ids.ts";
import type { Bringing } from "../../src/domain/ledger.ts";
import type { Posted, PostRequest, TakeTurn, Turn } from "../../src/operations/account-deps.ts";
import { readBook } from "../../src/store/ledger.ts";
import { brokenRules, buys, idOf, newAccount, newOrder, posts, rows, standing } from "../support/books.ts";

const TURNS = { maxWaiting: 1000, maxWaitMilliseconds: 5000, maxWorkMilliseconds: 5000 };

/** What can go wrong with one call to the database. */
type Fault = "lost_before" | "lost_after" | "slow";

/** The database, with a journal of every batch, and faults for the batches to come. */
function watchedDatabase() {
  const journal: ("commit" | "read" | "refused" | Fault)[] = [];
  const faults: (Fault | "none")[] = [];
  let delay = 0;

  async function batch<T>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const fault = faults.shift() ?? "none";
    await sleep(delay);
    if (fault === "lost_before") {
      journal.push(fault);
      throw new Error("Network connection lost.");
    }
    const results = await env.DB.batch<T>(statements).catch((error: unknown) => {
      journal.push("refused");
      throw error;
    });
    journal.push(results.some(({ meta }) => meta.changed_db) ? "commit" : "read");
    if (fault === "slow") {
      await sleep(600);
    }
    if (fault === "lost_after") {
      journal.push(fault);
      throw new Error("Network connection lost.");
    }
    return results;
  }

  const db = new Proxy(env.DB, {
    get(target, name) {
      if (name === "batch") {
        return batch;
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return {
    db,
    journal,
    /** Makes the next batches meet these faults, in turn. */
    nextBatches: (...kinds: (Fault | "none")[]) => faults.push(...kinds),
    /** Every batch takes this long from now on, as if the database were in another region. */
    takes: (milliseconds: number) => {
      delay = milliseconds;
    },
    commits: () => journal.filter((line) => line === "commit").length,
  };
}

function sleep(milliseconds: number): Promise<void> {
  return milliseconds === 0 ? Promise.resolve() : scheduler.wait(milliseconds);
}

async function openBooks(options: { takeTurn?: TakeTurn; account?: AccountId } = {}) {
  const account = options.account ?? (await newAccount());
  const database = watchedDatabase();
  const takeTurn = options.takeTurn ?? createQueue(TURNS);
  const ledger = openLedger(database.db, account, takeTurn, { now: () => Date.now(), newId });
  return { account, ledger, ...database };
}

/** A gift to post, of that many credits, from a source of its own unless one is named. */
function gift(
  credits: number,
  source: string = idOf("act"),
  alongside: PostRequest["alongside"] = () => [],
): PostRequest {
  const bringing: Bringing = {
    kind: "promotion",
    credits: toCredits(credits),
    orderId: null,
    source: { type: "staff", id: source },
    actor: "test",
    note: null,
    expiresAt: null,
  };
  return { bringing, alongside };
}

/** The purchase of an order by a payment. */
function purchase(orderId: `ord_${string}`, paymentId: string, credits = 1000): PostRequest {
  const { bringing } = gift(credits);
  const source = { type: "payment_intent", id: paymentId } as const;
  return { bringing: { ...bringing, kind: "purchase", orderId, source }, alongside: () => [] };
}

/** How each posting ended: posted now, posted before, turned away, or failed. */
async function outcomes(asked: Promise<Turn<Posted>>[]): Promise<string[]> {
  const settled = await Promise.allSettled(asked);
  return settled.map((one) => {
    if (one.status === "rejected") {
      return "failed";
    }
    return one.value.taken ? one.value.value.outcome : "turned away";
  });
}

function count(all: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) {
    counts[one] = (counts[one] ?? 0) + 1;
  }
  return counts;
}

describe("group commit", () => {
  it("posts what is requested at once in one commit", async () => {
    const { account, ledger, commits } = await openBooks();

    const asked = Array.from({ length: 50 }, () => ledger.post(gift(10)));

    expect(count(await outcomes(asked))).toEqual({ now: 50 });
    expect(commits()).toBe(1);
    expect((await standing(account)).balance).toBe(500);
  });

  it("posts what is requested while a commit is under way in the next one", async () => {
    const { ledger, commits, takes } = await openBooks();
    takes(30);

    const first = ledger.post(gift(1));
    await sleep(10);
    const during = Array.from({ length: 40 }, () => ledger.post(gift(1)));

    expect(count(await outcomes([first, ...during]))).toEqual({ now: 41 });
    expect(commits()).toBe(2);
  });

  it("never puts more than 500 postings into one commit", async () => {
    const { account, ledger, commits } = await openBooks();

    const asked = Array.from({ length: 1001 }, () => ledger.post(gift(1)));

    expect(count(await outcomes(asked))).toEqual({ now: 1001 });
    expect(commits()).toBe(3);
    expect((await standing(account)).balance).toBe(1001);
  });

  it("gives each posting the results of its own statements", async () => {
    const { db, ledger } = await openBooks();
    const say = (word: number, times: number) =>
      gift(1, undefined, () =>
        Array.from({ length: times }, () => db.prepare("SELECT ?1 AS word").bind(word)),
      );

    const turns = await Promise.all([ledger.post(say(1, 2)), ledger.post(say(2, 0)), ledger.post(say(3, 1))]);

    const heard = turns.map((turn) =>
      turn.taken && turn.value.outcome === "now" ? turn.value.results.map(({ results }) => results) : null,
    );
    expect(heard).toEqual([[[{ word: 1 }], [{ word: 1 }]], [], [[{ word: 3 }]]]);
  });

  it("makes the statements beside an entry stand or fall with it", async () => {
    const { account, db, ledger } = await openBooks();
    const changeName = db.prepare("UPDATE accounts SET name = 'changed' WHERE id = ?1").bind(account);
    const bad = db.prepare("UPDATE accounts SET balance = 9 WHERE id = ?1").bind(account);

    const asked = [ledger.post(gift(5, "one", () => [changeName, bad])), ledger.post(gift(7))];

    expect(await outcomes(asked)).toEqual(["failed", "now"]);
    expect(await rows("SELECT name, balance FROM accounts WHERE id = ?1", account)).toEqual([
      { name: null, balance: 7 },
    ]);
  });

  it("repays what is owed once, from the first postings, even if several share the commit", async () => {
    const account = await newAccount();
    const { grantId, orderId } = await buys(account);
    await posts(
      account,
      { kind: "spend", credits: -1000, grant_id: grantId },
      { kind: "refund", credits: -1000, grant_id: grantId, order_id: orderId },
    );
    const { ledger, commits } = await openBooks({ account });

    await Promise.all([700, 700, 700].map((credits) => ledger.post(gift(credits))));

    expect(commits()).toBe(1);
    const grants = await rows(
      "SELECT remaining FROM grants WHERE account_id = ?1 ORDER BY remaining",
      account,
    );
    expect(grants.map(({ remaining }) => remaining)).toEqual([0, 0, 400, 700]);
    expect((await standing(account)).balance).toBe(1100);
  });
});

describe("a bad entry among good ones", () => {
  it("does not affect them if the arithmetic refuses it", async () => {
    const { account, ledger } = await openBooks();

    const asked = [gift(1), gift(0), gift(2), gift(-5), gift(3)].map((request) => ledger.post(request));

    expect(await outcomes(asked)).toEqual(["now", "failed", "now", "failed", "now"]);
    expect((await standing(account)).balance).toBe(6);
  });

  it("does not affect them if the database refuses it", async () => {
    const { account, ledger } = await openBooks();
    const order = await newOrder(account, 1000);

    const asked = [gift(1), purchase(order, "pi_1", 2000), gift(2)].map((request) => ledger.post(request));

    expect(await outcomes(asked)).toEqual(["now", "failed", "now"]);
    expect((await standing(account)).balance).toBe(3);
  });

  it("costs 200 of them a few commits, not one each, so that they stay within their turn", async () => {
    const { account, ledger, journal } = await openBooks();

    const asked = Array.from({ length: 200 }, (_, place) => ledger.post(gift(place === 150 ? 0 : 1)));

    expect(count(await outcomes(asked))).toEqual({ now: 199, failed: 1 });
    expect((await standing(account)).balance).toBe(199);
    expect(journal.length).toBeLessThan(60);
  });
});

describe("a posting", () => {
  it("is made once when it is requested again later", async () => {
    const { account, ledger } = await openBooks();
    const request = gift(10);

    expect(await outcomes([ledger.post(request)])).toEqual(["now"]);
    expect(await outcomes([ledger.post(request)])).toEqual(["before"]);
    expect((await standing(account)).balance).toBe(10);
  });

  it("is made once when it is requested many times in one group", async () => {
    const { account, ledger } = await openBooks();
    const [one, other] = [gift(10), gift(5)];

    const asked = [one, other, one, one, other].map((request) => ledger.post(request));

    expect(count(await outcomes(asked))).toEqual({ now: 2, before: 3 });
    expect((await standing(account)).balance).toBe(15);
  });

  it("is made once when two ledgers are asked for it at once, as when an object was replaced", async () => {
    const account = await newAccount();
    const books = [await openBooks({ account }), await openBooks({ account })];
    const requests = Array.from({ length: 10 }, () => gift(1));

    const asked = requests.flatMap((request) => books.map(({ ledger }) => ledger.post(request)));

    expect(count(await outcomes(asked))).toEqual({ now: 10, before: 10 });
    expect((await standing(account)).balance).toBe(10);
  });

  it("from a source that another account was credited for is an error, not something posted before", async () => {
    const [one, other] = [await openBooks(), await openBooks()];
    const request = gift(10);

    expect(await outcomes([one.ledger.post(request)])).toEqual(["now"]);
    expect(await outcomes([other.ledger.post(request)])).toEqual(["failed"]);
    expect((await standing(other.account)).balance).toBe(0);
  });

  it("requested again with different credits is an error, not something posted before", async () => {
    const { account, ledger } = await openBooks();
    const source = idOf("act");

    expect(await outcomes([ledger.post(gift(10, source))])).toEqual(["now"]);
    // Alone, and beside others that are posted all the same.
    expect(await outcomes([ledger.post(gift(11, source))])).toEqual(["failed"]);
    const asked = [gift(1), gift(9, source), gift(10, source), gift(2)].map((one) => ledger.post(one));
    expect(await outcomes(asked)).toEqual(["now", "failed", "before", "now"]);
    expect((await standing(account)).balance).toBe(13);
  });

  it("of the same payment for another order, or of a paid order with different credits, is an error", async () => {
    const { account, ledger } = await openBooks();
    const [order, other] = [await newOrder(account), await newOrder(account)];
    expect(await outcomes([ledger.post(purchase(order, "pi_4"))])).toEqual(["now"]);

    const asked = [purchase(other, "pi_4"), purchase(order, "pi_5", 999)];

    expect(await outcomes(asked.map((one) => ledger.post(one)))).toEqual(["failed", "failed"]);
    expect((await standing(account)).balance).toBe(1000);
  });

  it("of a second payment of the same order is not made, because the order is already paid", async () => {
    const { account, ledger } = await openBooks();
    const order = await newOrder(account);

    const asked = ["pi_2", "pi_3"].map((payment) => ledger.post(purchase(order, payment)));

    expect(await outcomes(asked)).toEqual(["now", "before"]);
    expect((await standing(account)).balance).toBe(1000);
  });
});

describe("when the database's answer is lost", () => {
  it("a commit that was made is reported as posted before, and not made twice", async () => {
    const { account, ledger, nextBatches, commits } = await openBooks();
    await ledger.post(gift(1));
    nextBatches("lost_after");

    expect(await outcomes([ledger.post(gift(10))])).toEqual(["before"]);
    expect(commits()).toBe(2);
    expect((await standing(account)).balance).toBe(11);
  });

  it("a commit that was not made is made again", async () => {
    const { account, ledger, nextBatches } = await openBooks();
    await ledger.post(gift(1));
    nextBatches("lost_before");

    expect(await outcomes([ledger.post(gift(10))])).toEqual(["now"]);
    expect((await standing(account)).balance).toBe(11);
  });

  it("a whole group is looked up and posted once", async () => {
    const { account, ledger, nextBatches } = await openBooks();
    await ledger.post(gift(1));
    nextBatches("lost_after");

    const asked = Array.from({ length: 20 }, () => ledger.post(gift(1)));

    expect(count(await outcomes(asked))).toEqual({ before: 20 });
    expect((await standing(account)).balance).toBe(21);
  });

  it.each<(Fault | "none")[]>([
    ["lost_before", "none", "lost_after"],
    ["lost_before", "lost_before"],
    ["lost_after", "lost_after"],
    ["lost_before", "none", "lost_before", "lost_after"],
    ["lost_before", "lost_before", "lost_before", "lost_before"],
  ])(
    "again and again (%s, %s, %s, %s), a posting is made exactly once by requesting it again",
    async (...faults) => {
      const { account, ledger, nextBatches } = await openBooks();
      await ledger.post(gift(1));
      nextBatches(...faults.filter((fault) => fault !== undefined));
      const requests = [gift(10), gift(20)];

      await outcomes(requests.map((request) => ledger.post(request)));
      nextBatches("none", "none", "none");
      const again = await outcomes([...requests, ...requests].map((request) => ledger.post(request)));

      expect(again).not.toContain("failed");
      expect((await standing(account)).balance).toBe(31);
    },
  );

  it("because a commit outlasted its turn, it is reported as failed, and found when requested again", async () => {
    const takeTurn = createQueue({ ...TURNS, maxWorkMilliseconds: 300 });
    const { account, ledger, nextBatches } = await openBooks({ takeTurn });
    await ledger.post(gift(1));
    nextBatches("slow");
    const request = gift(10);

    expect(await outcomes([ledger.post(request)])).toEqual(["failed"]);
    expect(await outcomes([ledger.post(request), ledger.post(gift(100))])).toEqual(["before", "now"]);
    await sleep(500);
    expect(await outcomes([ledger.post(gift(1000))])).toEqual(["now"]);
    expect((await standing(account)).balance).toBe(1111);
  });
});

describe("the cached book", () => {
  it("saves the second posting a read: it is one batch", async () => {
    const { ledger, journal } = await openBooks();
    await ledger.post(gift(1));
    await ledger.post(gift(1));

    expect(journal).toEqual(["read", "commit", "commit"]);
  });

  it("saves even the first read when a caller that has read it hands it over", async () => {
    const { account, ledger, journal } = await openBooks();
    ledger.learnBook(await readBook(env.DB, account));

    expect(await outcomes([ledger.post(gift(1))])).toEqual(["now"]);
    expect(journal).toEqual(["commit"]);
  });

  it("is read again when another writer has posted in between", async () => {
    const account = await newAccount();
    const [mine, other] = [await openBooks({ account }), await openBooks({ account })];
    await mine.ledger.post(gift(1));
    await other.ledger.post(gift(10));

    expect(await outcomes([mine.ledger.post(gift(100)), mine.ledger.post(gift(1000))])).toEqual([
      "now",
      "now",
    ]);
    expect((await standing(account)).balance).toBe(1111);
  });

  it("does no harm when it is handed over stale", async () => {
    const { account, ledger } = await openBooks();
    const stale = await readBook(env.DB, account);
    await ledger.post(gift(1));
    ledger.learnBook(stale);

    expect(await outcomes([ledger.post(gift(10))])).toEqual(["now"]);
    expect((await standing(account)).balance).toBe(11);
  });
});

describe("when the account is busy", () => {
  it("all postings that share the turn are turned away, and can be requested again", async () => {
    const takeTurn = createQueue({ ...TURNS, maxWaitMilliseconds: 20 });
    const { account, ledger } = await openBooks({ takeTurn });
    const busy = takeTurn(() => sleep(100));
    const requests = Array.from({ length: 5 }, () => gift(1));

    expect(count(await outcomes(requests.map((request) => ledger.post(request))))).toEqual({
      "turned away": 5,
    });
    expect((await standing(account)).balance).toBe(0);

    await busy;
    expect(count(await outcomes(requests.map((request) => ledger.post(request))))).toEqual({ now: 5 });
  });
});

it("no rule of the books is broken after all the tests above, except that their orders have no receipts", async () => {
  const broken = await brokenRules();
  expect(broken.filter(({ rule }) => rule !== "a paid order has its one entry and its receipt")).toEqual([]);
});
