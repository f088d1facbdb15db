/** An account's books at the level of SQL: what any writer could send to the database, and what the books then say. */
import { env } from "cloudflare:workers";
import type { AccountId, OrderId } from "../../src/domain/ids.ts";

type Value = string | number | null;
export type Row = Record<string, Value>;
/** As much of a ledger entry as a test has to give. */
export type Line = Row & { kind: string; credits: number; grant_id: string };

/** The tables in which a refused statement must leave everything as it was. */
const TABLES = ["accounts", "orders", "cards", "grants", "ledger_entries", "receipts"] as const;
type Table = (typeof TABLES)[number];

let made = 0;

/** An id in our format; each is higher than the one before. */
export function idOf<P extends string>(prefix: P): `${P}_${string}` {
  made += 1;
  return `${prefix}_${made.toString(16).padStart(32, "0")}`;
}

/** Inserts one row, in any way of inserting. */
export function insert(table: Table, row: Row, how = "INSERT", then = ""): D1PreparedStatement {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `?${index + 1}`);
  return env.DB.prepare(
    `${how} INTO ${table} (${columns.join(", ")}) VALUES (${places.join(", ")}) ${then}`,
  ).bind(...Object.values(row));
}

/** Any statement. */
export function sql(text: string, ...values: Value[]): D1PreparedStatement {
  return env.DB.prepare(text).bind(...values);
}

/** The rows of a query. */
export async function rows(text: string, ...values: Value[]): Promise<Row[]> {
  const { results } = await sql(text, ...values).all<Row>();
  return results;
}

/** Everything a customer's money rests on. */
async function everything(): Promise<Record<Table, Row[]>> {
  const results = await env.DB.batch<Row>(TABLES.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)));
  const [accounts = [], orders = [], cards = [], grants = [], entries = [], receipts = []] = results.map(
    (result) => result.results,
  );
  return { accounts, orders, cards, grants, ledger_entries: entries, receipts };
}

/**
 * What the database makes of one commit: the message with which it refuses it, `nothing was written`, or `written`.
 * Throws if it refused the commit but changed something.
 */
export async function attempt(...statements: D1PreparedStatement[]): Promise<string> {
  const before = JSON.stringify(await everything());
  let refusal: string | null = null;
  try {
    await env.DB.batch(statements);
  } catch (error) {
    refusal = String(error);
  }
  const isUnchanged = JSON.stringify(await everything()) === before;
  if (refusal !== null && !isUnchanged) {
    throw new Error(`Refused, and yet something changed: ${refusal}`);
  }
  return refusal ?? (isUnchanged ? "nothing was written" : "written");
}

/** An account with empty books. */
export async function newAccount(): Promise<AccountId> {
  const id = idOf("acc");
  await insert("accounts", { id, email: `${id}@example.com`, created_at: 1 }).run();
  return id;
}

/** The row of an order that has just been placed. */
export function orderRow(accountId: string, differing: Row = {}): Row {
  return {
    id: idOf("ord"),
    account_id: accountId,
    state: "placed",
    credits: 1000,
    unit_price_micros: 10_000,
    amount_cents: 1000,
    currency: "usd",
    confirmation_token: "ctoken_1",
    save_card: 0,
    placed_at: 1,
    ...differing,
  };
}

/** An order of the account whose card is verified, on its way to being paid. */
export async function newOrder(accountId: string, credits = 1000): Promise<OrderId> {
  const id = idOf("ord");
  const cardId = idOf("crd");
  await env.DB.batch([
    insert("orders", orderRow(accountId, { id, credits })),
    insert("cards", {
      id: cardId,
      account_id: accountId,
      payment_method_id: `pm_${cardId}`,
      brand: "visa",
      last4: "4242",
      exp_month: 12,
      exp_year: 2030,
      billing: "{}",
      created_at: 1,
      last_used_at: 1,
    }),
    sql("UPDATE orders SET state = 'paying', card_id = ?2, verified_at = 1 WHERE id = ?1", id, cardId),
  ]);
  return id;
}

/** The row of a grant that no entry has opened yet. */
export function grantRow(accountId: string, differing: Row = {}): Row {
  return {
    id: idOf("grt"),
    account_id: accountId,
    kind: "promotion",
    order_id: null,
    granted: 500,
    expires_at: null,
    created_at: 1,
    ...differing,
  };
}

/** Lines that continue the account's books, one after another, except where one says otherwise. */
export async function nextLines(accountId: string, lines: readonly Line[]): Promise<Row[]> {
  const [account] = await rows("SELECT balance, last_seq FROM accounts WHERE id = ?1", accountId);
  const at = { balance: Number(account?.["balance"]), seq: Number(account?.["last_seq"]) };
  return linesFrom(at, accountId, lines);
}

/** Lines that continue books which stand at `at`. */
export function linesFrom(
  at: { balance: number; seq: number },
  accountId: string,
  lines: readonly Line[],
): Row[] {
  let { balance, seq } = at;
  return lines.map((line) => {
    balance += line.credits;
    seq += 1;
    return {
      account_id: accountId,
      seq,
      id: idOf("ent"),
      balance_after: balance,
      order_id: null,
      source_type: "staff",
      source_id: idOf("act"),
      part: 0,
      actor: "test",
      note: null,
      created_at: 1,
      ...line,
    };
  });
}

/** Posts lines whose grants are open. */
export async function posts(accountId: string, ...lines: Line[]): Promise<void> {
  const written = await nextLines(accountId, lines);
  await env.DB.batch(written.map((line) => insert("ledger_entries", line)));
}

/** Gives credits with a grant of their own, and returns the grant's id. */
export async function gives(accountId: string, credits: number, kind = "promotion"): Promise<string> {
  const id = idOf("grt");
  const [line = {}] = await nextLines(accountId, [{ kind, credits, grant_id: id }]);
  await env.DB.batch([
    insert("grants", grantRow(accountId, { id, kind, granted: credits })),
    insert("ledger_entries", line),
  ]);
  return id;
}

export type Bought = { orderId: string; grantId: string; paymentId: string };

/** The statements that pay an order, to be made in one commit: grant, entry, order, receipt. */
export async function paying(
  accountId: string,
  orderId: string,
  credits = 1000,
): Promise<D1PreparedStatement[]> {
  const [grantId, paymentId] = [idOf("grt"), idOf("pi")];
  const [line = {}] = await nextLines(accountId, [
    {
      kind: "purchase",
      credits,
      grant_id: grantId,
      order_id: orderId,
      source_type: "payment_intent",
      source_id: paymentId,
    },
  ]);
  return [
    insert(
      "grants",
      grantRow(accountId, { id: grantId, kind: "purchase", order_id: orderId, granted: credits }),
    ),
    insert("ledger_entries", line),
    sql(
      "UPDATE orders SET state = 'paid', payment_intent_id = ?2, paid_at = 1 WHERE id = ?1",
      orderId,
      paymentId,
    ),
    sql(
      `INSERT INTO receipts (number, id, order_id, billed_to, seller, issued_at)
       SELECT COALESCE(MAX(number), 0) + 1, ?1, ?2, '{}', '{}', 1 FROM receipts`,
      idOf("rcp"),
      orderId,
    ),
  ];
}

/** Buys credits by card, with order, grant and receipt. */
export async function buys(accountId: string, credits = 1000): Promise<Bought> {
  const orderId = await newOrder(accountId, credits);
  await env.DB.batch(await paying(accountId, orderId, credits));
  const [line] = await rows(
    "SELECT grant_id, source_id FROM ledger_entries WHERE kind = 'purchase' AND order_id = ?1",
    orderId,
  );
  return { orderId, grantId: String(line?.["grant_id"]), paymentId: String(line?.["source_id"]) };
}

/** The account's balance, and what remains of each grant, oldest first. */
export async function standing(accountId: string): Promise<{ balance: number; remaining: number[] }> {
  const [account] = await rows("SELECT balance FROM accounts WHERE id = ?1", accountId);
  const grants = await rows("SELECT remaining FROM grants WHERE account_id = ?1 ORDER BY id", accountId);
  return { balance: Number(account?.["balance"]), remaining: grants.map((row) => Number(row["remaining"])) };
}

/** The rules that all books follow at rest, each with the query that finds whatever breaks it. */
const RULES = {
  "a balance is the sum of its entries": `
    SELECT id FROM accounts AS a
    WHERE balance <> (SELECT COALESCE(SUM(credits), 0) FROM ledger_entries WHERE account_id = a.id)`,
  "entries are numbered without gaps": `
    SELECT id FROM accounts AS a
    WHERE last_seq <> (SELECT COUNT(*) FROM ledger_entries WHERE account_id = a.id)
       OR last_seq <> (SELECT COALESCE(MAX(seq), 0) FROM ledger_entries WHERE account_id = a.id)`,
  "a balance_after is the sum up to its entry": `
    SELECT id
    FROM (SELECT id, balance_after, SUM(credits) OVER (PARTITION BY account_id ORDER BY seq) AS sum FROM ledger_entries)
    WHERE balance_after <> sum`,
  "what remains of a grant is the sum of its entries": `
    SELECT id FROM grants AS g
    WHERE remaining <> (SELECT COALESCE(SUM(credits), 0) FROM ledger_entries WHERE grant_id = g.id)`,
  "a balance is the sum of what remains": `
    SELECT id FROM accounts AS a
    WHERE balance <> (SELECT COALESCE(SUM(remaining), 0) FROM grants WHERE account_id = a.id)`,
  "repayments sum to zero": `
    SELECT account_id AS id FROM ledger_entries
    WHERE kind = 'repayment' GROUP BY account_id, source_id HAVING SUM(credits) <> 0`,
  "a paid order has its one entry and its receipt": `
    SELECT id FROM orders AS o
    WHERE (state = 'paid') <> (
      SELECT COUNT(*) FROM ledger_entries WHERE kind = 'purchase' AND order_id = o.id AND source_id = o.payment_intent_id
    )
    OR (state = 'paid') <> (SELECT COUNT(*) FROM receipts WHERE order_id = o.id)`,
  "receipts are numbered without gaps": `
    SELECT MAX(number) AS id FROM receipts HAVING COUNT(*) <> COALESCE(MAX(number), 0)`,
};

/** Runs `act` while the ledger refuses every entry; afterwards it accepts them again. */
export async function whileTheLedgerRefuses<T>(act: () => Promise<T>): Promise<T> {
  await env.DB.exec(
    "CREATE TRIGGER out_of_order BEFORE INSERT ON ledger_entries BEGIN SELECT RAISE(ABORT, 'D1 is out of order'); END;",
  );
  try {
    return await act();
  } finally {
    await env.DB.exec("DROP TRIGGER out_of_order;");
  }
}

/** Whatever breaks a rule of the books in any account; nothing, as long as the database enforces them. */
export async function brokenRules(): Promise<{ rule: string; id: Value }[]> {
  const results = await env.DB.batch<Row>(Object.values(RULES).map((question) => env.DB.prepare(question)));
  return Object.keys(RULES).flatMap((rule, index) =>
    (results[index]?.results ?? []).map((row) => ({ rule, id: row["id"] ?? null })),
  );
}
