/** The newest migration applied to the database, by wrangler's own record. */

/** The migration this build was written against. A test compares it with the migrations folder. */
export const NEWEST_MIGRATION = "0011_disputes.sql";

/** The name of the newest applied migration, or null if there is none. */
export async function readNewestMigration(db: D1Database): Promise<string | null> {
  const row = await db
    .prepare("SELECT name FROM d1_migrations ORDER BY name DESC LIMIT 1")
    .first<{ name: string }>();
  return row?.name ?? null;
}
