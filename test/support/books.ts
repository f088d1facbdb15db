/** An account's books at the level of SQL: what any writer could send to the database, and what the books then say. */
import { env } from "cloudflare:workers";

type Value = string | number | null;
export type Row = Record<string, Value>;

/** Where a refused statement must have left everything as it was. */
const TABLES = ["accounts", "orders", "cards", "grants", "ledger_entries", "receipts"] as const;
type Table = (typeof TABLES)[number];

let made = 0;

/** An id of our kind, in rising order. */
export function idOf<P extends string>(prefix: P): `${P}_${string}` {
  made += 1;
  return `${prefix}_${made.toString(16).padStart(32, "0")}`;
}

/** One row, written by whichever way of inserting. */
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

/** The rows of a question. */
export async function rows(text: string, ...values: Value[]): Promise<Row[]> {
  const { results } = await sql(text, ...values).all<Row>();
  return results;
}

/** Everything a customer's money rests on. */
export async function everything(): Promise<Record<Table, Row[]>> {
  const results = await env.DB.batch<Row>(TABLES.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)));
  const [accounts = [], orders = [], cards = [], grants = [], entries = [], receipts = []] = results.map(
    (result) => result.results,
  );
  return { accounts, orders, cards, grants, ledger_entries: entries, receipts };
}

/**
 * What the database makes of one commit: the message it refuses it with; `nothing was written`; or `written`. Throws
 * where it refused and yet something is other than before.
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
export async function newAccount(): Promise<`acc_${string}`> {
  const id = idOf("acc");
  await insert("accounts", { id, email: `${id}@example.com`, created_at: 1 }).run();
  return id;
}

/** An order's row as it is placed. */
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

/** An order of the account, placed and, where nothing else is said, on its way to be paid. */
export async function newOrder(
  accountId: string,
  credits = 1000,
  state: "placed" | "paying" = "paying",
): Promise<`ord_${string}`> {
  const id = idOf("ord");
  const cardId = idOf("crd");
  const order = insert("orders", orderRow(accountId, { id, credits }));
  const card = insert("cards", {
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
  });
  const begin = sql(
    "UPDATE orders SET state = 'paying', card_id = ?2, verified_at = 1 WHERE id = ?1",
    id,
    cardId,
  );
  await env.DB.batch(state === "placed" ? [order] : [order, card, begin]);
  return id;
}

/** A grant's row as its entry will find it. */
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

/** A line that continues the account's books; `after` counts the lines of the same commit that come before it. */
export async function nextLine(
  accountId: string,
  line: Row & { kind: string; credits: number; grant_id: string },
  after: readonly Row[] = [],
): Promise<Row> {
  const [account] = await rows("SELECT balance, last_seq FROM accounts WHERE id = ?1", accountId);
  const earlier = after.reduce((sum, { credits }) => sum + Number(credits), 0);
  return {
    account_id: accountId,
    seq: Number(account?.["last_seq"]) + after.length + 1,
    id: idOf("ent"),
    balance_after: Number(account?.["balance"]) + earlier + line.credits,
    order_id: null,
    source_type: "staff",
    source_id: idOf("act"),
    part: 0,
    actor: "test",
    note: null,
    created_at: 1,
    ...line,
  };
}

/** Posts a line that takes from, or restores, an open grant. */
export async function posts(
  accountId: string,
  line: Row & { kind: string; credits: number; grant_id: string },
): Promise<Row> {
  const row = await nextLine(accountId, line);
  await insert("ledger_entries", row).run();
  return row;
}

/** Credits given, with a grant of their own; answers the grant. */
export async function gives(
  accountId: string,
  credits: number,
  kind: "promotion" | "offline_payment" | "adjustment" = "promotion",
): Promise<string> {
  const id = idOf("grt");
  const line = await nextLine(accountId, { kind, credits, grant_id: id });
  await env.DB.batch([
    insert("grants", grantRow(accountId, { id, kind, granted: credits })),
    insert("ledger_entries", line),
  ]);
  return id;
}

export type Bought = { orderId: string; grantId: string; paymentId: string; entryId: string };

/** The statements that pay an order, in the one commit they belong in. */
export async function paying(
  accountId: string,
  orderId: string,
  credits = 1000,
): Promise<{ bought: Bought; statements: D1PreparedStatement[] }> {
  const bought = { orderId, grantId: idOf("grt"), paymentId: idOf("pi"), entryId: idOf("ent") };
  const line = await nextLine(accountId, {
    id: bought.entryId,
    kind: "purchase",
    credits,
    grant_id: bought.grantId,
    order_id: orderId,
    source_type: "payment_intent",
    source_id: bought.paymentId,
  });
  const statements = [
    insert(
      "grants",
      grantRow(accountId, { id: bought.grantId, kind: "purchase", order_id: orderId, granted: credits }),
    ),
    insert("ledger_entries", line),
    sql(
      "UPDATE orders SET state = 'paid', payment_intent_id = ?2, paid_at = 1 WHERE id = ?1",
      orderId,
      bought.paymentId,
    ),
    sql(
      `INSERT INTO receipts (number, id, order_id, billed_to, seller, issued_at)
       SELECT COALESCE(MAX(number), 0) + 1, ?1, ?2, '{}', '{}', 1 FROM receipts`,
      idOf("rcp"),
      orderId,
    ),
  ];
  return { bought, statements };
}

/** Credits bought by card, with order, grant and receipt. */
export async function buys(accountId: string, credits = 1000): Promise<Bought> {
  const { bought, statements } = await paying(accountId, await newOrder(accountId, credits), credits);
  await env.DB.batch(statements);
  return bought;
}

/** What the account's books say: the balance, and what remains of each grant. */
export async function standing(
  accountId: string,
): Promise<{ balance: number; remaining: Record<string, number> }> {
  const [account] = await rows("SELECT balance FROM accounts WHERE id = ?1", accountId);
  const grants = await rows("SELECT id, remaining FROM grants WHERE account_id = ?1", accountId);
  return {
    balance: Number(account?.["balance"]),
    remaining: Object.fromEntries(grants.map(({ id, remaining }) => [String(id), Number(remaining)])),
  };
}

/** Every place where the books of any account do not agree with themselves; none, as long as the database holds them. */
export async function disagreements(): Promise<Row[]> {
  return rows(`
    SELECT 'balance is not the sum of entries' AS what, a.id
    FROM accounts AS a
    WHERE a.balance <> (SELECT COALESCE(SUM(credits), 0) FROM ledger_entries WHERE account_id = a.id)
    UNION ALL
    SELECT 'a gap in seq', a.id
    FROM accounts AS a
    WHERE a.last_seq <> (SELECT COUNT(*) FROM ledger_entries WHERE account_id = a.id)
       OR a.last_seq <> (SELECT COALESCE(MAX(seq), 0) FROM ledger_entries WHERE account_id = a.id)
    UNION ALL
    SELECT 'balance_after is not the running sum', id
    FROM (
      SELECT id, balance_after, SUM(credits) OVER (PARTITION BY account_id ORDER BY seq) AS running
      FROM ledger_entries
    )
    WHERE balance_after <> running
    UNION ALL
    SELECT 'remaining is not the sum of entries', g.id
    FROM grants AS g
    WHERE g.remaining <> (SELECT COALESCE(SUM(credits), 0) FROM ledger_entries WHERE grant_id = g.id)
    UNION ALL
    SELECT 'repayments do not sum to zero', account_id
    FROM ledger_entries
    WHERE kind = 'repayment'
    GROUP BY account_id
    HAVING SUM(credits) <> 0
    UNION ALL
    SELECT 'a paid order without its entry', o.id
    FROM orders AS o
    WHERE o.state = 'paid'
      AND NOT EXISTS (SELECT 1 FROM ledger_entries WHERE kind = 'purchase' AND order_id = o.id)`);
}
