/** The state of the books and of the cron, in words. */
import { HOUR, type Instant, MINUTE } from "../../domain/instant.ts";
import type { CronRun } from "../../store/cron-runs.ts";
import type { Reconciliation } from "../../store/reconciliations.ts";
import { countText } from "../../amount-text.ts";
import type { Tone } from "../money-back-words.ts";
import { momentText } from "../moment-text.ts";

/** A comparison starts every day; if none has finished for this long, something is wrong. */
const BOOKS_STALE_AFTER = 36 * HOUR;
/** The cron runs every five minutes. */
const CRON_STALE_AFTER = 15 * MINUTE;

/** A state: a short label, its colour, and a sentence. */
export type Standing = { word: string; tone: Tone; sentence: string };

/** Whether the books agree with Stripe. `open` counts the differences not resolved yet. */
export function booksSentence(last: Reconciliation | null, open: number, now: Instant): Standing {
  if (last === null) {
    return {
      word: "Not compared",
      tone: "open",
      sentence: "The books have not been compared with Stripe yet.",
    };
  }
  const found = `${counted(last.payments, "payment")}, ${counted(open, "difference")}`;
  const asOf = momentText(last.untilAt);
  if (last.skipped > 0) {
    return {
      word: "In part",
      tone: "bad",
      sentence: `Books were compared only in part as of ${asOf}: ${found}.`,
    };
  }
  if (open > 0) {
    return { word: "Differ", tone: "bad", sentence: `Books do not agree as of ${asOf}: ${found}.` };
  }
  const isStale = last.untilAt < now - BOOKS_STALE_AFTER;
  return {
    word: isStale ? "Out of date" : "Agree",
    sentence: `Books agree as of ${asOf}: ${found}.${isStale ? " That is more than a day ago." : ""}`,
    tone: isStale ? "open" : "good",
  };
}

/** How far a comparison has got. */
export function stageText({ stage, payments, accounts, failures }: Reconciliation): string {
  if (stage === "done") {
    return "Done";
  }
  const failed = failures === 0 ? "" : `, failed ${counted(failures, "time")} at the same page`;
  return `Comparing ${STAGES[stage]}: ${counted(payments, "payment")} and ${counted(accounts, "account")} so far${failed}`;
}

const STAGES = {
  payments: "payments",
  refunds: "refunds",
  disputes: "disputes",
  fraud_warnings: "fraud warnings",
  orders: "paid orders",
  money_back: "money back",
  differences: "earlier differences",
  books: "balances with their entries",
} satisfies Record<Exclude<Reconciliation["stage"], "done">, string>;

/** The outcome of the cron's last run. */
export function cronSentence(run: CronRun | null, now: Instant): Standing {
  if (run === null) {
    return { word: "Not run", tone: "open", sentence: "The cron has not run yet." };
  }
  if (run.startedAt < now - CRON_STALE_AFTER) {
    return {
      word: "Late",
      tone: "bad",
      sentence: `The cron has not run since ${momentText(run.startedAt)}. Interrupted work is waiting for it.`,
    };
  }
  if (run.finishedAt === null) {
    return {
      word: "Under way",
      tone: "open",
      sentence: `A run started at ${momentText(run.startedAt)} and has not reported yet.`,
    };
  }
  const failed = run.ordersFailed + run.accountsFailed;
  return {
    word: failed > 0 ? "Failed" : "Done",
    sentence:
      `Last run at ${momentText(run.startedAt)}: ${counted(run.ordersLookedAt, "order")} in ` +
      `${counted(run.accountsLookedAt, "account")} checked, ${countText(run.ordersSettled)} settled, ` +
      `${countText(run.ordersWaiting)} waiting, ${countText(failed)} failed.`,
    tone: failed > 0 ? "bad" : "good",
  };
}

function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}
