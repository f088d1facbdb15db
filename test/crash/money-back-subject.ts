/** Money that goes back, as the harness sees it: what dies, what recovers it, and how it must end. */
import { env } from "cloudflare:workers";
import { recoverAll } from "../../src/cron/recover.ts";
import { control } from "../stand-in/stripe/support.ts";
import { deliverAll } from "./deliveries.ts";
import { act, ask, concernsMoneyBack, type MoneyBack, prepare } from "./money-back.ts";
import { isAllOurs, type Kind, KINDS } from "./money-back-kinds.ts";
import {
  leftOpen,
  notBooked,
  notSubmitted,
  readStanding,
  type Standing,
  unsent,
  wrongEnd,
  wronglyTold,
  wrongMoney,
} from "./money-back-standing.ts";
import type { Path } from "./recovery-paths.ts";
import type { Subject } from "./subject.ts";

/** One of each sort: requested in the product, requested by the product because of an event, and made at the bank. */
const DIE_AGAIN: ReadonlySet<string> = new Set(["refund in part", "refund on a fraud warning", "dispute"]);
/** The paths that learn everything Stripe knows by themselves. */
const ASKS_STRIPE: ReadonlySet<Path> = new Set(["webhook", "reconciliation", "all"]);
/** The paths that finish whatever our books have begun. */
const FINISHES_OURS: ReadonlySet<Path> = new Set(["alarm", "cron", "button", "all"]);

export const MONEY_BACK: Subject<Kind, MoneyBack, Standing> = {
  noun: "money back",
  kinds: KINDS,
  // Purchases are proven with fees that become known later; here only the money that went back is to be recovered.
  groups: (kinds) =>
    kinds.map((kind) => ({
      kinds: [kind],
      arrange: () => control("/stripe/fees", { automatic: "at_once" }),
    })),
  prepare,
  act,
  ask,
  concerns: concernsMoneyBack,
  isRecoveredBy: ({ asks }, path) => path !== "payment_webhook" && (path !== "button" || asks !== null),
  usuallyDieToo: [],
  diesAgainAfter: ({ name }, { what }) =>
    DIE_AGAIN.has(name) && (what === "POST /v1/refunds" || what.startsWith("INSERT INTO disputes")),
  read: readStanding,
  wrongAfter: (deed, standing, { path }) => [
    ...wrongMoney(deed, standing),
    ...(ASKS_STRIPE.has(path) || (FINISHES_OURS.has(path) && isAllOurs(deed.kind))
      ? notBooked(deed, standing)
      : []),
    ...(path === "alarm" || path === "cron" || path === "all"
      ? [...leftOpen(deed, standing), ...notSubmitted(deed, standing), ...unsent(deed, standing)]
      : []),
    ...(path === "button" && isAllOurs(deed.kind) ? leftOpen(deed, standing) : []),
    ...(path === "button" || path === "all" || (path === "webhook" && deed.kind.asks === null)
      ? wrongEnd(deed, standing)
      : []),
  ],
  wrongAtRest: (deed, standing) =>
    Promise.resolve([
      ...wrongMoney(deed, standing),
      ...notBooked(deed, standing),
      ...leftOpen(deed, standing),
      ...notSubmitted(deed, standing),
      ...unsent(deed, standing),
      ...wronglyTold(deed, standing),
    ]),
  async lastTurn() {
    await deliverAll(concernsMoneyBack);
    await recoverAll(env);
  },
};
