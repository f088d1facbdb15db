/** The sign_in_tokens table: links sent by e-mail. Each opens one session and expires soon. */
import { DAY, type Instant } from "../domain/instant.ts";

/**
 * Whether a link is usable, or why not: it has expired, it already opened a session, or it never existed. `next` is the
 * path to go to after signing in, if one was wanted.
 */
export type TokenRead =
  | { state: "usable"; email: string; next: string | null }
  | { state: "expired" | "used"; next: string | null }
  | { state: "unknown" };

/** How many links one address may request within `within` milliseconds. */
export type TokenLimit = { count: number; within: number };

/**
 * Records a token, unless the address has reached its limit: then returns when the next one may be requested. It is all
 * one batch, so that simultaneous requests cannot exceed the limit together. Also deletes the address's tokens older
 * than a day.
 */
export async function insertToken(
  db: D1Database,
  token: { hash: string; email: string; next: string | null; createdAt: Instant; expiresAt: Instant },
  limit: TokenLimit,
): Promise<{ ok: true } | { ok: false; allowedFrom: Instant }> {
  const since = token.createdAt - limit.within;
  const [, , inserted, oldest] = await db.batch<{ token_hash: string } & { oldest: number | null }>([
    db
      .prepare("DELETE FROM sign_in_tokens WHERE email = ?1 AND created_at < ?2")
      .bind(token.email, token.createdAt - DAY),
    db
      .prepare(
        `INSERT INTO sign_in_tokens (token_hash, email, created_at, expires_at, next_path)
         SELECT ?1, ?2, ?3, ?4, ?7
         WHERE (SELECT COUNT(*) FROM sign_in_tokens WHERE email = ?2 AND created_at > ?5) < ?6`,
      )
      .bind(token.hash, token.email, token.createdAt, token.expiresAt, since, limit.count, token.next),
    db.prepare("SELECT token_hash FROM sign_in_tokens WHERE token_hash = ?1").bind(token.hash),
    db
      .prepare("SELECT MIN(created_at) AS oldest FROM sign_in_tokens WHERE email = ?1 AND created_at > ?2")
      .bind(token.email, since),
  ]);
  if (inserted?.results.length === 1) {
    return { ok: true };
  }
  return { ok: false, allowedFrom: (oldest?.results[0]?.oldest ?? token.createdAt) + limit.within };
}

/** Reads the token with this hash without using it. */
export async function readToken(db: D1Database, hash: string, now: Instant): Promise<TokenRead> {
  const row = await db
    .prepare("SELECT email, expires_at, used_at, next_path AS next FROM sign_in_tokens WHERE token_hash = ?1")
    .bind(hash)
    .first<{ email: string; expires_at: number; used_at: number | null; next: string | null }>();
  if (row === null) {
    return { state: "unknown" };
  }
  const { email, next } = row;
  if (row.used_at !== null) {
    return { state: "used", next };
  }
  return row.expires_at > now ? { state: "usable", email, next } : { state: "expired", next };
}

/** Uses the token. Returns a row to the one request that used it, and none to any other. */
export function useUpToken(db: D1Database, hash: string, now: Instant): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE sign_in_tokens
       SET used_at = ?2
       WHERE token_hash = ?1 AND used_at IS NULL AND expires_at > ?2
       RETURNING email`,
    )
    .bind(hash, now);
}

/** Deletes all tokens that expired before `before`. */
export function deleteExpiredTokens(db: D1Database, before: Instant): D1PreparedStatement {
  return db.prepare("DELETE FROM sign_in_tokens WHERE expires_at < ?1").bind(before);
}

/** Deletes an unused token whose mail could not be sent, so that it does not count against the address. */
export async function deleteToken(db: D1Database, hash: string): Promise<void> {
  await db.prepare("DELETE FROM sign_in_tokens WHERE token_hash = ?1 AND used_at IS NULL").bind(hash).run();
}
