/**
 * The account's ledger as its object keeps it: a cached view of where the books stand, and group commit. Requests made
 * while a commit is under way share the next one. One bad entry does not sink its neighbours.
 */
import type { AccountId, NewId } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { type Book, post, type Posting } from "../domain/ledger.ts";
import type { Posted, PostRequest, TakeTurn, Turn } from "../operations/account-deps.ts";
import { findPosted, insertEntries, insertGrants, readBook } from "../store/ledger.ts";

/** The most requests in one commit, which keeps its statements well below D1's limits. */
const LARGEST_GROUP = 500;

type Waiting = { request: PostRequest } & PromiseWithResolvers<Turn<Posted>>;

export type Ledger = {
  post: (request: PostRequest) => Promise<Turn<Posted>>;
  learnBook: (book: Book | null) => void;
};

/** Opens the ledger of one account, which writes to `db` in the account's turns. */
export function openLedger(
  db: D1Database,
  accountId: AccountId,
  takeTurn: TakeTurn,
  clock: { now: () => Instant; newId: NewId },
): Ledger {
  /** Null while the outcome of a commit is uncertain, and before the first read: the next commit reads D1. */
  let book: Book | null = null;
  let waiting: Waiting[] = [];

  function requestPosting(request: PostRequest): Promise<Turn<Posted>> {
    const entry: Waiting = { request, ...Promise.withResolvers<Turn<Posted>>() };
    waiting.push(entry);
    if (waiting.length === 1) {
      // The first request asks for the turn that all waiting requests share.
      void commitInTurn();
    }
    return entry.promise;
  }

  async function commitInTurn(): Promise<void> {
    let group: Waiting[] = [];
    try {
      const turn = await takeTurn(async () => {
        group = takeGroup();
        await commitGroup(group);
      });
      if (!turn.taken) {
        group = takeGroup();
        for (const { resolve } of group) {
          resolve({ taken: false });
        }
      }
    } catch (error) {
      book = null;
      for (const { reject } of group) {
        reject(error);
      }
    }
  }

  /** Takes the waiting requests, up to the bound. Any beyond it ask for another turn. */
  function takeGroup(): Waiting[] {
    const group = waiting.slice(0, LARGEST_GROUP);
    waiting = waiting.slice(LARGEST_GROUP);
    if (waiting.length > 0) {
      void commitInTurn();
    }
    return group;
  }

  /**
   * Commits a group. If that fails, an entry was refused, the book was stale, or the commit landed and its answer was
   * lost. Requests that turn out to be posted are answered as such. The rest are retried in halves, until the refused
   * one stands alone. That costs its neighbours a few commits in all, not one each.
   */
  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await commit(group.map(({ request }) => request));
      for (const [index, { resolve }] of group.entries()) {
        resolve({ taken: true, value: { outcome: "now", results: results[index] ?? [] } });
      }
    } catch {
      const rest = await answerPosted(group);
      const [alone] = rest;
      if (rest.length === 1 && alone !== undefined) {
        await commitAlone(alone);
      } else if (rest.length > 1) {
        const middle = Math.ceil(rest.length / 2);
        await commitGroup(rest.slice(0, middle));
        await commitGroup(rest.slice(middle));
      }
    }
  }

  /** Commits one request on freshly read books. If that fails, checks whether the commit landed all the same. */
  async function commitAlone(one: Waiting): Promise<void> {
    try {
      const [results] = await commit([one.request]);
      one.resolve({ taken: true, value: { outcome: "now", results: results ?? [] } });
    } catch (error) {
      for (const { reject } of await answerPosted([one])) {
        reject(error);
      }
    }
  }

  /** Answers `before` to the requests whose act the books already hold, and returns the others. */
  async function answerPosted(group: readonly Waiting[]): Promise<Waiting[]> {
    book = null;
    const arePosted = await findPosted(
      db,
      accountId,
      group.map(({ request }) => request.bringing),
    );
    return group.filter(({ resolve }, index) => {
      if (arePosted[index] === true) {
        resolve({ taken: true, value: { outcome: "before" } });
      }
      return arePosted[index] !== true;
    });
  }

  /** Commits all requests in one D1 batch, all or nothing. Returns the results of each request's statements alongside. */
  async function commit(requests: readonly PostRequest[]): Promise<D1Result[][]> {
    let next = book ?? (await readBook(db, accountId));
    book = null;
    const postings: Posting[] = [];
    const alongside: D1PreparedStatement[][] = [];
    for (const { bringing, alongside: statementsFor } of requests) {
      const posting = post(next, bringing, clock.now(), clock.newId);
      next = posting.book;
      postings.push(posting);
      alongside.push(statementsFor(posting));
    }
    const results = await db.batch([
      insertGrants(
        db,
        postings.map(({ grant }) => grant),
      ),
      insertEntries(
        db,
        postings.flatMap(({ entries }) => entries),
      ),
      ...alongside.flat(),
    ]);
    book = next;
    let start = 2;
    return alongside.map((statements) => {
      const own = results.slice(start, start + statements.length);
      start += statements.length;
      return own;
    });
  }

  return {
    post: requestPosting,
    learnBook: (read) => {
      book = read;
    },
  };
}
