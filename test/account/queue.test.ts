/** The account's queue, on a clock that the tests advance themselves. */
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueue } from "../../src/account/queue.ts";
import type { TakeTurn, Turn } from "../../src/operations/account-deps.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A queue, and tasks whose beginnings and ends are written to a journal with the time. */
function openQueue(bounds: Partial<Parameters<typeof createQueue>[0]> = {}) {
  const start = Date.now();
  const journal: string[] = [];
  const takeTurn: TakeTurn = createQueue({
    maxWaiting: 10,
    maxWaitMilliseconds: 1000,
    maxWorkMilliseconds: 1000,
    ...bounds,
  });

  /** Asks for a turn to work for `milliseconds`, and writes down how it went. */
  function asks(name: string, milliseconds: number): Promise<Turn<string> | string> {
    const asked = takeTurn(async () => {
      journal.push(`${Date.now() - start} ${name} begins`);
      await sleep(milliseconds);
      journal.push(`${Date.now() - start} ${name} ends`);
      return name;
    });
    return asked.then(
      (turn) => {
        if (!turn.taken) {
          journal.push(`${Date.now() - start} ${name} gives up`);
        }
        return turn;
      },
      (error: unknown) => {
        journal.push(`${Date.now() - start} ${name} fails`);
        return String(error);
      },
    );
  }

  return { takeTurn, asks, journal };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function passes(milliseconds: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(milliseconds);
}

describe("the account's queue", () => {
  it("runs one task at a time, in order of arrival", async () => {
    const { asks, journal } = openQueue();

    const turns = Promise.all([asks("a", 30), asks("b", 10), asks("c", 20)]);
    await passes(100);

    expect(journal).toEqual([
      "0 a begins",
      "30 a ends",
      "30 b begins",
      "40 b ends",
      "40 c begins",
      "60 c ends",
    ]);
    expect(await turns).toEqual(["a", "b", "c"].map((value) => ({ taken: true, value })));
  });

  it("runs a task at once when none is before it", async () => {
    const { asks, journal } = openQueue();
    void asks("a", 10);
    await passes(50);

    void asks("b", 10);
    await passes(10);

    expect(journal).toEqual(["0 a begins", "10 a ends", "50 b begins", "60 b ends"]);
  });

  it("turns a caller away at once while it is full, and accepts callers again when there is room", async () => {
    const { asks, journal } = openQueue({ maxWaiting: 2 });
    void asks("a", 30);
    await passes(1);
    void asks("b", 10);
    void asks("c", 10);

    expect(await asks("d", 10)).toEqual({ taken: false });
    await passes(30);
    void asks("e", 10);
    await passes(100);

    expect(journal.filter((line) => line.endsWith(" begins"))).toEqual([
      "0 a begins",
      "30 b begins",
      "40 c begins",
      "50 e begins",
    ]);
  });

  it("turns away a caller that has waited too long, without running its task", async () => {
    const { asks, journal } = openQueue({ maxWaitMilliseconds: 50 });

    void asks("a", 80);
    void asks("b", 10);
    await passes(200);

    expect(journal).toEqual(["0 a begins", "50 b gives up", "80 a ends"]);
  });

  it("does not start the next task early when a caller gives up its place", async () => {
    const { asks, journal } = openQueue({ maxWaitMilliseconds: 50 });
    void asks("a", 80);
    void asks("b", 10);
    await passes(40);

    void asks("c", 10);
    await passes(200);

    expect(journal).toEqual(["0 a begins", "50 b gives up", "80 a ends", "80 c begins", "90 c ends"]);
  });

  it("keeps its order when several callers further ahead give up their places", async () => {
    const { asks, journal } = openQueue({ maxWaitMilliseconds: 50 });
    void asks("a", 80);
    void asks("b", 10);
    void asks("c", 10);
    await passes(45);
    void asks("d", 10);
    void asks("e", 10);
    await passes(200);

    expect(journal.filter((line) => line.endsWith(" begins"))).toEqual([
      "0 a begins",
      "80 d begins",
      "90 e begins",
    ]);
  });

  it("has room again for each place that was given up, and for no more", async () => {
    const { asks, journal } = openQueue({ maxWaiting: 2, maxWaitMilliseconds: 50 });
    void asks("a", 80);
    await passes(1);
    void asks("b", 10);
    void asks("c", 10);
    await passes(1);
    void asks("too many", 10);
    await passes(49);

    void asks("d", 10);
    void asks("e", 10);
    void asks("too many again", 10);
    await passes(60);

    expect(journal).toEqual([
      "0 a begins",
      "2 too many gives up",
      "51 b gives up",
      "51 c gives up",
      "51 too many again gives up",
      "80 a ends",
      "80 d begins",
      "90 d ends",
      "90 e begins",
      "100 e ends",
    ]);
  });

  it("passes over a task that hangs when its time is up, and tells its caller", async () => {
    const { asks, journal } = openQueue({ maxWorkMilliseconds: 100 });

    const hung = asks("a", 1_000_000);
    void asks("b", 10);
    await passes(200);

    expect(journal).toEqual(["0 a begins", "100 a fails", "100 b begins", "110 b ends"]);
    expect(await hung).toContain("longer than 100 ms");
  });

  it("starts no other task when one that was passed over ends after all", async () => {
    const { asks, journal } = openQueue({ maxWorkMilliseconds: 100 });

    void asks("a", 150);
    void asks("b", 90);
    void asks("c", 10);
    await passes(300);

    expect(journal).toEqual([
      "0 a begins",
      "100 a fails",
      "100 b begins",
      "150 a ends",
      "190 b ends",
      "190 c begins",
      "200 c ends",
    ]);
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("it broke"))],
    [
      "throws at once",
      () => {
        throw new Error("it broke");
      },
    ],
  ])("goes on after a task that %s, and gives its error to its caller alone", async (_how, work) => {
    const { takeTurn, asks, journal } = openQueue();

    const broken = takeTurn(work).catch(String);
    const next = asks("b", 10);
    await passes(50);

    expect(await broken).toBe("Error: it broke");
    expect(await next).toEqual({ taken: true, value: "b" });
    expect(journal).toEqual(["0 b begins", "10 b ends"]);
  });

  it("never runs two tasks at once, keeps their order and its bound on waiting, and answers every caller, whatever arrives when", async () => {
    const arrivals = fc.array(
      fc.record({ after: fc.nat({ max: 40 }), works: fc.integer({ min: 1, max: 60 }) }),
      {
        minLength: 1,
        maxLength: 15,
      },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (asked) => {
        const bounds = { maxWaiting: 4, maxWaitMilliseconds: 50, maxWorkMilliseconds: 45 };
        const takeTurn = createQueue(bounds);
        const begun: number[] = [];
        let working = 0;
        let answered = 0;
        for (const [index, { after, works }] of asked.entries()) {
          await passes(after);
          const arrived = Date.now();
          const answer = takeTurn(async () => {
            begun.push(index);
            working += 1;
            // A task that will be passed over stops counting as working just before its time is up.
            const leaves = Math.min(works, bounds.maxWorkMilliseconds - 1);
            expect(working).toBe(1);
            expect(Date.now() - arrived).toBeLessThanOrEqual(bounds.maxWaitMilliseconds);
            await sleep(leaves);
            working -= 1;
            await sleep(works - leaves);
          });
          const count = () => {
            answered += 1;
          };
          void answer.then(count, count);
        }
        await passes(400);
        expect(answered).toBe(asked.length);
        expect(begun).toEqual(begun.toSorted((one, other) => one - other));
      }),
      { numRuns: 30 },
    );
  });
});
