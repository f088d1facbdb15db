/** Purchases as the harness sees them: what dies, what recovers it, and how it must end. */
import { env } from "cloudflare:workers";
import { recoverAll } from "../../src/cron/recover.ts";
import { describeDifference } from "./crash-and-recover.ts";
import type { Crash } from "./crash-points.ts";
import { inParallel } from "./in-parallel.ts";
import { ask, buy, byBank, type Kind, KINDS, prepareAll, type Purchase } from "./purchases.ts";
import type { Path } from "./recovery-paths.ts";
import {
  endOf,
  isPaidWithFailedCheck,
  leftOpen,
  readStanding,
  type Standing,
  wrongCards,
  wrongMoney,
} from "./standing.ts";
import type { Subject } from "./subject.ts";

/**
 * The accounts with a charge that came back with a failed check: staff find it among the differences. Once Stripe has
 * been emptied for the next crashes, it lacks the payment as well.
 */
const mayBeListed = new Set<string | null>();

/** The paths that bring every order to an end by themselves; the others are only responsible for the money. */
const ENDS_EVERY_ORDER: ReadonlySet<Path> = new Set(["alarm", "cron", "button", "all"]);

export const PURCHASES: Subject<Kind, Purchase, Standing> = {
  noun: "purchase",
  kinds: KINDS,
  // Preparing them is what arranges their bank.
  groups: (kinds) => byBank(kinds).map((alike) => ({ kinds: alike, arrange: () => Promise.resolve() })),
  async prepare(kinds) {
    const purchases = await prepareAll(kinds);
    for (const { accountId } of purchases.filter(({ kind }) => kind.chargeFailsCheck)) {
      mayBeListed.add(accountId);
    }
    return purchases;
  },
  async act(purchases) {
    await inParallel(purchases, buy);
  },
  ask,
  concerns: (type) => /^(setup_intent|payment_intent|charge)\./.test(type),
  isRecoveredBy: () => true,
  usuallyDieToo: ["webhook", "alarm"],
  diesAgainAfter: (_kind, { what }, isWhole) => isWhole || what === "POST /v1/payment_intents",
  read: readStanding,
  wrongAfter: (purchase, standing, { path, crash }) => [
    ...wrongMoney(purchase, standing),
    ...(ENDS_EVERY_ORDER.has(path) ? leftOpen(purchase, standing) : []),
    ...(path === "button" || path === "all" ? wrongEnd(crash, purchase, standing) : []),
  ],
  wrongAtRest: async (purchase, standing) => [
    ...wrongMoney(purchase, standing),
    ...leftOpen(purchase, standing),
    ...(await wrongCards(purchase, standing)),
  ],
  wrongDifferences(purchases, standing, listed) {
    const own = new Set<string | null>(purchases.map(({ accountId }) => accountId));
    const isRight = ({ kind, accountId }: (typeof listed)[number]) =>
      mayBeListed.has(accountId) && (kind === "check_failed" || !own.has(accountId));
    const missing = purchases.filter(
      (purchase) =>
        isPaidWithFailedCheck(purchase, standing) &&
        !listed.some(({ kind, accountId }) => kind === "check_failed" && accountId === purchase.accountId),
    );
    return [
      ...listed.filter((difference) => !isRight(difference)).map(describeDifference),
      ...missing.map(({ accountId }) => `reconciling does not list the failed check of ${accountId}`),
    ];
  },
  async lastTurn() {
    await recoverAll(env);
  },
};

/** A customer who comes back ends as they would have without the crash, unless Stripe has spent the key or a second death cost time. */
function wrongEnd({ first, again }: Crash<Kind>, purchase: Purchase, standing: Standing): string[] {
  const end = endOf(purchase, standing);
  const wanted = purchase.kind.ends === "paying" ? "paid" : purchase.kind.ends;
  // After a second death, the customer's next request may come too late to begin a charge.
  const mayGiveUp = (again !== null || first.point.way === "fails_and_spends_the_key") && end === "abandoned";
  return end === wanted || mayGiveUp ? [] : [`the order ended as ${end}, not ${wanted}`];
}
