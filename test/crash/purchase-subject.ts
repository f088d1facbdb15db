/** Purchases as the harness sees them: what dies, who recovers it, and how it must have ended. */
import { env } from "cloudflare:workers";
import { recoverAll } from "../../src/account/recover-all.ts";
import { control } from "../stand-in/stripe/support.ts";
import type { Crash } from "./crash-points.ts";
import { inParallel } from "./in-parallel.ts";
import { ask, buy, type Kind, KINDS, prepare, type Purchase } from "./purchases.ts";
import type { Path } from "./recovery-paths.ts";
import { cardsThatDiffer, endOf, leftOpen, readStanding, type Standing, wrongMoney } from "./standing.ts";
import type { Subject } from "./subject.ts";

/** Which paths bring every order to its end by themselves; the others answer for the money alone. */
const ENDS_EVERY_ORDER: ReadonlySet<Path> = new Set(["alarm", "cron", "button", "all"]);

export const PURCHASES: Subject<Kind, Purchase, Standing> = {
  noun: "purchase",
  kinds: KINDS,
  groups: (kinds) =>
    [false, true].map((isLate) => ({
      kinds: kinds.filter(({ bankIsLate }) => bankIsLate === isLate),
      arrange: () => control("/stripe/bank", { checks: isLate ? "unavailable_at_setup" : "as_card" }),
    })),
  prepare: (kinds) => inParallel(kinds, prepare),
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
    ...(await cardsThatDiffer(purchase, standing)),
  ],
  async lastTurn() {
    await recoverAll(env);
  },
};

/** A customer who comes back ends where they would have without the crash; only a key that Stripe has spent makes them give up. */
function wrongEnd({ first, again }: Crash<Kind>, purchase: Purchase, standing: Standing): string[] {
  const end = endOf(purchase, standing);
  const wanted = purchase.kind.ends === "paying" ? "paid" : purchase.kind.ends;
  // After a second death the customer's next look may come too late to begin a charge.
  const mayGiveUp = (again !== null || first.point.way === "fails_and_spends_the_key") && end === "abandoned";
  return end === wanted || mayGiveUp ? [] : [`the order ended as ${end}, not ${wanted}`];
}
