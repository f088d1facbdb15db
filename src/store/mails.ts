/** The mails table: what the customer is to be told of money that went back, and what has been sent. */
import type { AccountId, OrderId } from "../domain/ids.ts";
import { DAY, type Instant, MINUTE } from "../domain/instant.ts";
import type { MailKind } from "../domain/mail.ts";

/** A claim whose sender died runs out after this long; then somebody else sends the mail. */
const CLAIM_LASTS = 5 * MINUTE;

/** A mail that could not be sent for this long is given up; the account page says the same. */
export const MAILS_TRIED_FOR = 3 * DAY;

/** A mail that is due. `subjectId` is the refund or the dispute it is about. */
export type DueMail = { kind: MailKind; subjectId: string; orderId: OrderId };

/** Makes a mail due, once however often this is written. */
export function insertMail(
  db: D1Database,
  mail: DueMail & { accountId: AccountId; dueAt: Instant },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO mails (kind, subject_id, account_id, order_id, due_at)
       VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT DO NOTHING`,
    )
    .bind(mail.kind, mail.subjectId, mail.accountId, mail.orderId, mail.dueAt);
}

/** Claims the account's mails that are not sent, oldest first; nobody else sends them meanwhile. */
export async function claimMails(db: D1Database, accountId: AccountId, at: Instant): Promise<DueMail[]> {
  const { results } = await db
    .prepare(
      `UPDATE mails
       SET claimed_at = ?2
       WHERE account_id = ?1
         AND sent_at IS NULL
         AND due_at > ?4
         AND (claimed_at IS NULL OR claimed_at <= ?3)
       RETURNING kind, subject_id, order_id, due_at`,
    )
    .bind(accountId, at, at - CLAIM_LASTS, at - MAILS_TRIED_FOR)
    .all<{ kind: MailKind; subject_id: string; order_id: OrderId; due_at: number }>();
  return results
    .toSorted((one, other) => one.due_at - other.due_at)
    .map((row) => ({ kind: row.kind, subjectId: row.subject_id, orderId: row.order_id }));
}

/** Notes that a mail was sent; or, with null, gives the claim back, since it could not be. */
export async function markMail(db: D1Database, mail: DueMail, sentAt: Instant | null): Promise<void> {
  await db
    .prepare("UPDATE mails SET sent_at = ?3, claimed_at = NULL WHERE kind = ?1 AND subject_id = ?2")
    .bind(mail.kind, mail.subjectId, sentAt)
    .run();
}

/** Whether the account has mails that are still to be sent. */
export async function hasDueMails(db: D1Database, accountId: AccountId, at: Instant): Promise<boolean> {
  const row = await db
    .prepare("SELECT 1 AS found FROM mails WHERE account_id = ?1 AND sent_at IS NULL AND due_at > ?2 LIMIT 1")
    .bind(accountId, at - MAILS_TRIED_FOR)
    .first();
  return row !== null;
}
