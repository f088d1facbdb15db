/** The sessions table: who is signed in, by the hash of the secret in their cookie. */
import type { Instant } from "../domain/instant.ts";
import { type Account, ACCOUNT_COLUMNS, type AccountRow, toAccount } from "./accounts.ts";

/** The account this session belongs to, in one query; null if there is no session or it has expired. */
export async function findAccountBySession(
  db: D1Database,
  tokenHash: string,
  now: Instant,
): Promise<Account | null> {
  const row = await db
    .prepare(
      `SELECT ${ACCOUNT_COLUMNS}
       FROM accounts
       WHERE id = (SELECT account_id FROM sessions WHERE token_hash = ?1 AND expires_at > ?2)`,
    )
    .bind(tokenHash, now)
    .first<AccountRow>();
  return row === null ? null : toAccount(row);
}

/**
 * Opens a session for the account with this e-mail address, if the sign-in token is unused and has not expired. Put it
 * before `useUpToken` in one batch, so that both happen or neither does.
 */
export function insertSession(
  db: D1Database,
  session: {
    tokenHash: string;
    email: string;
    signInTokenHash: string;
    createdAt: Instant;
    expiresAt: Instant;
  },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO sessions (token_hash, account_id, created_at, expires_at)
       SELECT ?1, a.id, ?4, ?5
       FROM accounts AS a
       JOIN sign_in_tokens AS t ON t.email = a.email
       WHERE a.email = ?2 AND t.token_hash = ?3 AND t.used_at IS NULL AND t.expires_at > ?4`,
    )
    .bind(session.tokenHash, session.email, session.signInTokenHash, session.createdAt, session.expiresAt);
}

/** Deletes expired sessions. */
export function deleteExpiredSessions(db: D1Database, now: Instant): D1PreparedStatement {
  return db.prepare("DELETE FROM sessions WHERE expires_at <= ?1").bind(now);
}

/** Ends one session. */
export async function deleteSession(db: D1Database, tokenHash: string): Promise<void> {
  await db.prepare("DELETE FROM sessions WHERE token_hash = ?1").bind(tokenHash).run();
}
