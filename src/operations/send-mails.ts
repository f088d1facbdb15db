/** Sends the e-mails about money that went back. Recovery retries one that fails; nothing else fails with it. */
import { toCredits } from "../domain/credits.ts";
import { mailAboutDispute, mailAboutRefund, type MailFacts } from "../domain/mail.ts";
import { creditsBackFor, sharesOf, toSources } from "../domain/money-back.ts";
import { log } from "../log.ts";
import { findAccount } from "../store/accounts.ts";
import {
  type ClaimedMail,
  claimMails,
  hasDueMails,
  markMailSent,
  type NewMail,
  releaseMail,
} from "../store/mails.ts";
import type { AccountDeps } from "./account-deps.ts";
import { readRefundable } from "./read-refundable.ts";

/** Sends the e-mails that are due, each once. True when none is left; a failure is only logged, and left to recovery. */
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
    const isSent = account !== null && (await sendMail(deps, account.email, mail));
    await (isSent ? markMailSent(deps.db, mail, deps.now()) : releaseMail(deps.db, mail));
  }
  return !(await hasDueMails(deps.db, deps.accountId, deps.now()));
}

/** Sends one e-mail, unless its facts are out of date. False if it could not be sent. */
async function sendMail(deps: AccountDeps, to: string, mail: ClaimedMail): Promise<boolean> {
  try {
    const facts = await factsFor(deps, mail);
    if (facts !== null) {
      await deps.sendMail({ to, ...(await deps.writeMail(facts)) });
    }
    return true;
  } catch (error) {
    log("mail_not_sent", { kind: mail.kind, error: error instanceof Error ? error.message : "unknown" });
    return false;
  }
}

/** The e-mail's facts as they are now; null if its state is out of date, which a later e-mail then tells. */
async function factsFor(deps: AccountDeps, mail: NewMail): Promise<MailFacts | null> {
  const read = await readRefundable(deps, mail.orderId);
  if (read === null) {
    return null;
  }
  const { order, refundable } = read;
  const { refunds, disputes, balance } = refundable;
  const sources = toSources(refunds, disputes);
  const shares = sharesOf(order, sources);
  const refund = refunds.find(({ id }) => id === mail.subjectId);
  if (refund !== undefined) {
    const kind = mailAboutRefund(refund);
    const credits =
      kind === "refunded"
        ? (shares.get(refund.stripeRefundId ?? "") ?? toCredits(0))
        : creditsBackFor(order, sources, refund.amountCents);
    return kind === mail.kind ? { kind, order, balance, credits, refund } : null;
  }
  const dispute = disputes.find(({ id }) => id === mail.subjectId);
  if (dispute !== undefined) {
    const kind = mailAboutDispute(dispute);
    const credits =
      kind === "dispute_won"
        ? creditsBackFor(order, sources, dispute.amountCents)
        : (shares.get(dispute.id) ?? toCredits(0));
    return kind === mail.kind ? { kind, order, balance, credits, dispute } : null;
  }
  return null;
}
