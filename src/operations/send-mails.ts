/** Sends the mails that tell of money that went back. A mail that fails is tried again by recovery, and fails nothing else. */
import { toCredits } from "../domain/credits.ts";
import { type DisputeStage, stageOf } from "../domain/dispute.ts";
import type { MailFacts } from "../domain/mail.ts";
import { sharesOf, toSources } from "../domain/money-back.ts";
import { takesCredits } from "../domain/refund.ts";
import { log } from "../log.ts";
import { findAccount } from "../store/accounts.ts";
import { claimMails, type DueMail, hasDueMails, markMail } from "../store/mails.ts";
import type { AccountDeps } from "./account-deps.ts";
import { readRefundable } from "./read-refundable.ts";

/** Sends what is due, each mail once. True when none is left; whatever fails is only logged, and left to recovery. */
export async function sendMails(deps: AccountDeps): Promise<boolean> {
  try {
    return await sendDueMails(deps);
  } catch (error) {
    log("mails_not_sent", { error: error instanceof Error ? error.message : "unknown" });
    return false;
  }
}

async function sendDueMails(deps: AccountDeps): Promise<boolean> {
  const account = await findAccount(deps.db, deps.accountId);
  for (const mail of account === null ? [] : await claimMails(deps.db, deps.accountId, deps.now())) {
    try {
      const facts = await factsFor(deps, mail);
      if (facts !== null && account !== null) {
        await deps.sendMail({ to: account.email, ...(await deps.writeMail(facts)) });
      }
      await markMail(deps.db, mail, deps.now());
    } catch (error) {
      log("mail_not_sent", { kind: mail.kind, error: error instanceof Error ? error.message : "unknown" });
      await markMail(deps.db, mail, null);
    }
  }
  return !(await hasDueMails(deps.db, deps.accountId, deps.now()));
}

const OVER: ReadonlySet<DisputeStage> = new Set(["won", "lost"]);

/** What the mail tells of, as it is now; null where it is no longer true and need not be told. */
async function factsFor(deps: AccountDeps, mail: DueMail): Promise<MailFacts | null> {
  const read = await readRefundable(deps, mail.orderId);
  if (read === null) {
    return null;
  }
  const { order, refundable } = read;
  const { refunds, disputes, balance } = refundable;
  const shares = sharesOf(order, toSources(refunds, disputes));
  switch (mail.kind) {
    case "refunded":
    case "refund_failed": {
      const refund = refunds.find(({ id }) => id === mail.subjectId);
      if (refund === undefined || takesCredits(refund) !== (mail.kind === "refunded")) {
        return null;
      }
      const credits = shares.get(refund.stripeRefundId ?? "") ?? toCredits(0);
      return { kind: mail.kind, order, balance, credits, refund };
    }
    case "dispute_opened":
    case "dispute_closed": {
      const dispute = disputes.find(({ id }) => id === mail.subjectId);
      if (dispute === undefined || OVER.has(stageOf(dispute)) !== (mail.kind === "dispute_closed")) {
        return null;
      }
      const credits = shares.get(dispute.id) ?? toCredits(0);
      return { kind: mail.kind, order, balance, credits, dispute };
    }
  }
}
