/** The mails table: what the customer must be told about money that went back, and what has been sent. */
import type { AccountId, OrderId } from "../domain/ids.ts";
import { DAY, type Instant, MINUTE } from "../domain/instant.ts";
import type { MailKind } from "../domain/mail.ts";

/** A claim expires after this long, so that another sender can take over if the first one died. */
const CLAIM_LASTS = 5 * MINUTE;

/** A mail that could not be sent for this long is given up. The account page shows the same facts. */
export const MAILS_TRIED_FOR = 3 * DAY;

/** A mail to write. `subjectId` is the id of the refund or dispute it is about. */
export type NewMail = { kind: MailKind; subjectId: string; orderId: OrderId };

/** A mail a sender has claimed. `claimedAt` identifies the claim, so that only its own sender releases it. */
export type ClaimedMail = NewMail & { turn: number; claimedAt: Instant };

/** Makes a mail due, unless the last mail about the same refund or dispute is of the same kind. */
export function insertMail(
  db: D1Database,
  mail: NewMail & { accountId: AccountId; dueAt: Instant },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO mails (subject_id, turn, kind, account_id, order_id, due_at)
       SELECT ?1, last.turn + 1, ?2, ?3, ?4, ?5
       FROM (
         SELECT COALESCE(MAX(turn), 0) AS turn, kind FROM mails WHERE subject_id = ?1
       ) AS last
       WHERE last.kind IS NOT ?2`,
    )
    .bind(mail.subjectId, mail.kind, mail.accountId, mail.orderId, mail.dueAt);
}

/** Claims the account's unsent mails, oldest first. No other sender gets them while the claim lasts. */
export async function claimMails(db: D1Database, accountId: AccountId, at: Instant): Promise<ClaimedMail[]> {
  const { results } = await db
    .prepare(
      `UPDATE mails
       SET claimed_at = ?2
       WHERE account_id = ?1
         AND sent_at IS NULL
         AND due_at > ?4
         AND (claimed_at IS NULL OR claimed_at <= ?3)
       RETURNING subject_id, turn, kind, order_id, due_at`,
    )
    .bind(accountId, at, at - CLAIM_LASTS, at - MAILS_TRIED_FOR)
    .all<{ subject_id: string; turn: number; kind: MailKind; order_id: OrderId; due_at: number }>();
  return results
    .toSorted((one, other) => one.due_at - other.due_at || one.turn - other.turn)
    .map((row) => ({
      subjectId: row.subject_id,
      turn: row.turn,
      kind: row.kind,
      orderId: row.order_id,
      claimedAt: at,
    }));
}

/** Records that a mail was sent, or no longer needs to be. */
export async function markMailSent(db: D1Database, mail: ClaimedMail, at: Instant): Promise<void> {
  await db
    .prepare("UPDATE mails SET sent_at = ?3 WHERE subject_id = ?1 AND turn = ?2 AND sent_at IS NULL")
    .bind(mail.subjectId, mail.turn, at)
    .run();
}

/** Releases the claim on a mail that could not be sent, unless another sender has claimed the mail since. */
export async function releaseMail(db: D1Database, mail: ClaimedMail): Promise<void> {
  await db
    .prepare(
      `UPDATE mails
       SET claimed_at = NULL
       WHERE subject_id = ?1 AND turn = ?2 AND claimed_at = ?3 AND sent_at IS NULL`,
    )
    .bind(mail.subjectId, mail.turn, mail.claimedAt)
    .run();
}

/** Whether the account has mails still to send. */
export async function hasDueMails(db: D1Database, accountId: AccountId, at: Instant): Promise<boolean> {
  const row = await db
    .prepare("SELECT 1 AS found FROM mails WHERE account_id = ?1 AND sent_at IS NULL AND due_at > ?2 LIMIT 1")
    .bind(accountId, at - MAILS_TRIED_FOR)
    .first();
  return row !== null;
}
