/** What operations on one account need besides `Deps`: its alarm, its turns (one change at a time), and its ledger. */
import type { Deps } from "../deps.ts";
import type { AccountId } from "../domain/ids.ts";
import type { Book, Bringing, Posting } from "../domain/ledger.ts";

/** `taken: false`: too many were waiting or the wait was too long. Nothing was done, and the caller may try again. */
export type Turn<T> = { taken: true; value: T } | { taken: false };

/** Runs `work` when no other work of this account is running. Never held across a call to Stripe. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<Turn<T>>;

/** What to post, and the statements that belong in the same commit. */
export type PostRequest = { bringing: Bringing; alongside: (posting: Posting) => D1PreparedStatement[] };

/**
 * The outcome of posting. `now`: posted; `results` are those of the statements `alongside`. `before`: the books already
 * held it, and nothing was written.
 */
export type Posted = { outcome: "now"; results: D1Result[] } | { outcome: "before" };

/** Posts to the account's ledger, once. Shares its commit with other postings that are waiting. */
type Post = (request: PostRequest) => Promise<Turn<Posted>>;

export type AccountDeps = Deps & {
  accountId: AccountId;
  /** Sets the alarm, so that recovery finishes interrupted work. Called before the work is written and before Stripe is called. */
  watch: () => Promise<void>;
  takeTurn: TakeTurn;
  post: Post;
  /**
   * Passes on where the books stand, as read while holding a turn, so that the next posting need not read them; null if
   * the outcome of a commit is uncertain.
   */
  learnBook: (book: Book | null) => void;
};
