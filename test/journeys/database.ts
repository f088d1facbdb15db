/** What no page can do yet: entries written straight into the served database, as the vendor's API and staff will post them. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Runs SQL in the database that the server works with. */
export async function runSql(sql: string): Promise<void> {
  await promisify(execFile)(
    `${ROOT}/node_modules/.bin/node`,
    [
      "node_modules/wrangler/bin/wrangler.js",
      "d1",
      "execute",
      "DB",
      "--local",
      "--yes",
      "--config=test/stand-in/wrangler.toml",
      `--persist-to=${inject("state")}`,
      `--command=${sql}`,
    ],
    { cwd: ROOT, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
  );
}

/** Uses credits of a customer's newest order, dated some days ago. */
export async function spend(email: string, credits: number, daysAgo = 0): Promise<void> {
  const id = crypto.randomUUID().replaceAll("-", "");
  await runSql(
    `INSERT INTO ledger_entries (account_id, seq, id, kind, credits, balance_after, grant_id, order_id, source_type,
       source_id, part, actor, note, created_at)
     SELECT a.id, a.last_seq + 1, 'ent_${id}', 'spend', ${-credits}, a.balance - ${credits}, g.id, NULL, 'spend',
            'spd_${id}', 0, 'test', 'Map tiles', ${Date.now() - daysAgo * 86_400_000}
     FROM accounts AS a
     JOIN grants AS g ON g.account_id = a.id
     WHERE a.email = '${email}'
     ORDER BY g.created_at DESC
     LIMIT 1`,
  );
}

/** Credits paid for by check, as staff will post them. */
export async function give(email: string, credits: number): Promise<void> {
  const id = crypto.randomUUID().replaceAll("-", "");
  await runSql(
    `INSERT INTO grants (id, account_id, kind, granted, created_at)
     SELECT 'grt_${id}', id, 'offline_payment', ${credits}, ${Date.now()} FROM accounts WHERE email = '${email}';
     INSERT INTO ledger_entries (account_id, seq, id, kind, credits, balance_after, grant_id, source_type, source_id,
       part, actor, note, created_at)
     SELECT id, last_seq + 1, 'ent_${id}', 'offline_payment', ${credits}, balance + ${credits}, 'grt_${id}', 'staff',
            'act_${id}', 0, 'staff@example.com', 'Check 10443', ${Date.now()}
     FROM accounts
     WHERE email = '${email}'`,
  );
}
