/** The stand-in's own tables, private to the state object. Card numbers are in `cards` and nowhere else. */

/**
 * Makes the tables unless they exist: a restarted object keeps what it had. Tables of an older stand-in are dropped
 * with their contents, because nobody depends on them.
 */
export function createTables(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS tables_made (version TEXT NOT NULL) STRICT");
  const version = String(fingerprint(statements.join(";")));
  const [made] = sql.exec<{ version: string }>("SELECT version FROM tables_made").toArray();
  if (made?.version === version) {
    return;
  }
  for (const table of tables) {
    sql.exec(`DROP TABLE IF EXISTS ${table}`);
  }
  for (const statement of statements) {
    sql.exec(statement);
  }
  sql.exec("DELETE FROM tables_made");
  sql.exec("INSERT INTO tables_made (version) VALUES (?1)", version);
}

/** Empties everything, as a new sandbox would be. */
export function emptyTables(sql: SqlStorage): void {
  for (const table of tables) {
    sql.exec(`DELETE FROM ${table}`);
  }
}

const tables = [
  "objects",
  "cards",
  "paid_out",
  "secrets",
  "restricted_keys",
  "jobs",
  "deliveries",
  "replays",
  "calls",
  "faults",
  "switches",
];

const statements = [
  // Stripe objects as the API returns them, unexpanded. `seq` is the order of creation within one second.
  `CREATE TABLE objects (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     kind TEXT NOT NULL,
     body TEXT NOT NULL
   ) STRICT`,
  "CREATE INDEX objects_of_a_kind ON objects (kind, seq)",
  "CREATE INDEX objects_of_a_customer ON objects (kind, json_extract(body, '$.customer'))",
  // What the issuer knows about the card of a payment method or a confirmation token, and its number.
  `CREATE TABLE cards (
     id TEXT PRIMARY KEY,
     number TEXT NOT NULL,
     facts TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  // Which payout carried which balance transaction to the bank.
  `CREATE TABLE paid_out (
     balance_transaction TEXT PRIMARY KEY,
     payout TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  // Signing secrets of webhook endpoints, which the API shows only once.
  `CREATE TABLE secrets (
     endpoint TEXT PRIMARY KEY,
     secret TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  // Restricted keys and what each may do; a key not listed may do everything.
  `CREATE TABLE restricted_keys (
     key TEXT PRIMARY KEY,
     permissions TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  // What happens by itself later: `due` is in seconds of the stand-in's clock.
  `CREATE TABLE jobs (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     due INTEGER NOT NULL,
     kind TEXT NOT NULL,
     subject TEXT NOT NULL,
     UNIQUE (kind, subject)
   ) STRICT`,
  // One event on its way to one endpoint. `wait_ms` is how long after its event it was to be
  // sent; `due_ms` is null when only a test will send it.
  `CREATE TABLE deliveries (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     event TEXT NOT NULL,
     endpoint TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'withheld')),
     attempts TEXT NOT NULL,
     wait_ms INTEGER,
     due_ms INTEGER
   ) STRICT`,
  "CREATE INDEX deliveries_of_an_event ON deliveries (event)",
  // First answers to idempotency keys.
  `CREATE TABLE replays (
     key TEXT PRIMARY KEY,
     request TEXT NOT NULL,
     path TEXT NOT NULL,
     status INTEGER NOT NULL,
     body TEXT NOT NULL,
     request_id TEXT NOT NULL,
     created INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE calls (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     body TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE faults (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     method TEXT NOT NULL,
     path TEXT NOT NULL,
     kind TEXT NOT NULL,
     times INTEGER NOT NULL,
     delay_ms INTEGER NOT NULL
   ) STRICT`,
  `CREATE TABLE switches (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
];

/** A number that differs when the statements do (FNV-1a). */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
}
