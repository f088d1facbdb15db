/** Which migration the database has had last, by wrangler's own record. */

/** The migration this build was written against. A test holds it to the migrations folder. */
export const NEWEST_MIGRATION = "0011_disputes.sql";

/** The name of the newest migration applied; null where none was. */
export async function readNewestMigration(db: D1Database): Promise<string | null> {
  const row = await db
    .prepare("SELECT name FROM d1_migrations ORDER BY name DESC LIMIT 1")
    .first<{ name: string }>();
  return row?.name ?? null;
}
