/** What operations on one account need beside the outside: its turns, so that its changes happen one at a time, and its ledger. */
import type { Deps } from "../deps.ts";
import type { AccountId } from "../domain/ids.ts";
import type { Book, Bringing, Posting } from "../domain/ledger.ts";

/** `taken: false` when too many are waiting, or the wait grew too long: nothing was done, and it may be tried again. */
export type Turn<T> = { taken: true; value: T } | { taken: false };

/** Does `work` when no other work of this account is under way. Never held across a call to Stripe. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<Turn<T>>;

/** What is to be posted, and the statements that belong in the same commit. */
export type PostRequest = { bringing: Bringing; alongside: (posting: Posting) => D1PreparedStatement[] };

/**
 * What came of posting. `results` are those of the statements alongside. `before`: the books held it already, and
 * nothing was written.
 */
export type Posted = { outcome: "now"; results: D1Result[] } | { outcome: "before" };

/** Posts to the account's ledger, once. Shares its commit with whatever else is waiting for one. */
type Post = (request: PostRequest) => Promise<Turn<Posted>>;

export type AccountDeps = Deps & {
  accountId: AccountId;
  /** Has the alarm look after what is about to be done, should that be cut off: before it is written, and before Stripe is asked. */
  watch: () => Promise<void>;
  takeTurn: TakeTurn;
  post: Post;
  /**
   * Hands over where the books stand, read while holding a turn, so that the next posting need not read them; null
   * where the outcome of a commit is uncertain.
   */
  learnBook: (book: Book | null) => void;
};
