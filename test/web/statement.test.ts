/** The statement: every entry of one account in words, exactly once; as pages, as JSON, and as a file. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { AccountId } from "../../src/domain/ids.ts";
import { listPostedBefore, sampleBalances } from "../../src/store/ledger.ts";
import {
  buysCredits,
  disputed,
  everythingArrives,
  fails,
  moves,
  spends,
  staffRefunds,
} from "../refunds/support.ts";
import { stripe } from "../stand-in/stripe/support.ts";
import { gives, linesFrom, newAccount, posts, rows } from "../support/books.ts";
import { type Customer, signedInCustomer } from "../support/customer.ts";
import { visit } from "../support/visitor.ts";

const entry = z.object({
  seq: z.number(),
  kind: z.string(),
  what: z.string(),
  detail: z.string().nullable(),
  credits: z.number(),
  balance: z.number(),
  order_id: z.string().nullable(),
  receipt_number: z.number().nullable(),
  at: z.iso.datetime(),
});
const answer = z.strictObject({
  balance: z.number(),
  entries: z.array(entry),
  older_entries: z.string().nullable(),
});

async function statementOf(customer: Customer, path = "/account/statement") {
  const response = await customer.request(path);
  return answer.parse(await response.json());
}

async function accountIdOf(customer: Customer): Promise<AccountId> {
  const [account] = await rows("SELECT id FROM accounts WHERE email = ?1", customer.email);
  return `acc_${String(account?.["id"]).slice(4)}`;
}

/** The lines of a statement, newest first, as kind, credits and balance. */
async function told(customer: Customer): Promise<[string, number, number][]> {
  const { entries } = await statementOf(customer);
  return entries.map(({ kind, credits, balance }) => [kind, credits, balance]);
}

async function fileOf(customer: Customer): Promise<{ response: Response; text: string }> {
  const response = await customer.request("/account/statement.csv");
  return {
    response,
    text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await response.arrayBuffer()),
  };
}

describe("a statement", () => {
  it("of a new account says that nothing happened yet, without a chart or a file to download", async () => {
    const customer = await signedInCustomer();

    const account = await visit("/account", customer.cookie);
    const page = await visit("/account/statement", customer.cookie);

    expect(account.text).toContain("Statement Nothing yet.");
    expect(page.text).toContain("Nothing yet.");
    expect(account.html + page.html).not.toContain('class="chart"');
    expect(page.html).not.toContain("statement.csv");
    expect(await statementOf(customer)).toEqual({ balance: 0, entries: [], older_entries: null });
  });

  it("shows a purchase with its date, its signed credits, the balance after it, and its order", async () => {
    const { customer, orderId } = await buysCredits(1000);

    const { html, text } = await visit("/account", customer.cookie);

    expect(text).toMatch(/Bought by card \d{1,2} \w+ \d{4} \+1,000 1,000/);
    expect(html).toContain(`<a href="/orders/${orderId}">Bought by card</a>`);
    expect((await statementOf(customer)).entries).toEqual([
      expect.objectContaining({
        seq: 1,
        kind: "purchase",
        what: "Bought by card",
        credits: 1000,
        balance: 1000,
        order_id: orderId,
        receipt_number: expect.any(Number),
      }),
    ]);
  });

  it("shows a refund, and the credits that came back when it failed", async () => {
    const bought = await buysCredits(1000, { card: "4000000000005126" });
    const refund = await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 400 });
    await everythingArrives(bought);
    await fails(refund.id);
    await everythingArrives(bought);

    const { entries } = await statementOf(bought.customer);

    expect(
      entries.map(({ what, credits, balance, order_id: order }) => [what, credits, balance, order]),
    ).toEqual([
      ["Refund failed", 400, 1000, bought.orderId],
      ["Refund", -400, 600, bought.orderId],
      ["Bought by card", 1000, 1000, bought.orderId],
    ]);
  });

  it("shows a dispute, and the credits that came back when it was won", async () => {
    const bought = await buysCredits(1000);
    const dispute = await disputed(bought);
    await everythingArrives(bought);
    await moves(dispute, "won");
    await everythingArrives(bought);

    const { text } = await visit("/account/statement", bought.customer.cookie);

    expect(text).toMatch(/Dispute decided .* \+1,000 1,000 Dispute opened .* −1,000 0 Bought by card/);
  });

  it("shows a balance below zero as owed", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 800);
    await staffRefunds(bought);

    const { text } = await visit("/account/statement", bought.customer.cookie);

    expect(text).toMatch(/Refund .* −1,000 800 owed/);
    expect(text).not.toContain("-800");
  });

  it("shows a repayment's two entries as one line of zero credits, which says that the purchase settled what was owed", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 800);
    await staffRefunds(bought);
    const next = await buysCredits(5000, { by: bought.customer });

    const { entries } = await statementOf(bought.customer);

    expect(await rows("SELECT 1 FROM ledger_entries WHERE kind = 'repayment'")).not.toHaveLength(0);
    expect(entries.slice(0, 3)).toMatchObject([
      {
        kind: "repayment",
        what: "Settled what you owed",
        detail: "With 800 of your new credits.",
        credits: 0,
        balance: 4200,
        order_id: next.orderId,
      },
      { kind: "purchase", credits: 5000, balance: 4200 },
      { kind: "refund", credits: -1000, balance: -800 },
    ]);
  });

  it("says, after a refund of spent credits, that other credits made them good", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 800);
    await buysCredits(5000, { by: bought.customer });
    await staffRefunds(bought);

    const { entries } = await statementOf(bought.customer);

    expect(entries.slice(0, 2)).toMatchObject([
      {
        kind: "repayment",
        what: "Covered by your other credits",
        detail: "800 credits had already been used.",
        credits: 0,
        balance: 4200,
        order_id: bought.orderId,
      },
      { kind: "refund", credits: -1000, balance: 4200 },
    ]);
  });

  it("shows a spend from several grants in one line", async () => {
    const customer = await signedInCustomer();
    const id = await accountIdOf(customer);
    const grants = [await gives(id, 100), await gives(id, 50), await gives(id, 500)];
    const spend = (part: number, credits: number) => ({
      kind: "spend",
      credits,
      grant_id: grants[part] ?? "",
      source_type: "spend",
      source_id: `spd_${id}`,
      part,
    });
    await posts(id, spend(0, -100), spend(1, -50), spend(2, -30));

    const [spent] = await told(customer);

    expect(spent).toEqual(["spend", -180, 470]);
    expect(await told(customer)).toHaveLength(4);
  });

  it("has words for every kind of entry the database allows, and shows the reasons staff gave", async () => {
    const { customer, orderId } = await buysCredits(1000);
    const id = await accountIdOf(customer);
    for (const kind of ["offline_payment", "promotion", "adjustment"]) {
      await gives(id, 10, kind);
    }
    const [own] = await rows("SELECT id FROM grants WHERE order_id = ?1", orderId);
    const grant = String(own?.["id"]);
    const money = { grant_id: grant, order_id: orderId };
    await posts(
      id,
      { kind: "spend", credits: -10, grant_id: grant, note: "Map tiles <b>" },
      { kind: "expiry", credits: -10, grant_id: grant },
      { kind: "adjustment", credits: -10, grant_id: grant, note: "Counted twice" },
      { kind: "refund", credits: -10, ...money },
      { kind: "refund_reversal", credits: 10, ...money },
      { kind: "dispute", credits: -1000, ...money },
      { kind: "dispute_reversal", credits: 1000, ...money },
    );
    await posts(id, { kind: "dispute", credits: -1000, ...money });
    const other = await gives(id, 500);
    await posts(
      id,
      { kind: "repayment", credits: -30, grant_id: other, source_id: "act_repaid" },
      { kind: "repayment", credits: 30, grant_id: grant, source_id: "act_repaid", part: 1 },
    );

    const { entries } = await statementOf(customer);
    const { html } = await visit("/account/statement", customer.cookie);

    const [table] = await rows("SELECT sql FROM sqlite_master WHERE name = 'ledger_entries'");
    const allowed = /kind\s+TEXT[^,]*CHECK \(kind IN \(([^)]+)\)/.exec(String(table?.["sql"]))?.[1] ?? "";
    const kinds = allowed.match(/\w+/g) ?? [];
    expect(kinds).toHaveLength(11);
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(kinds));
    expect(entries.filter(({ what }) => what === "")).toEqual([]);
    const words = new Map(entries.map(({ kind, credits, what }) => [`${kind} ${Math.sign(credits)}`, what]));
    expect(new Set(words.values()).size).toBe(12);
    expect(entries.find(({ kind }) => kind === "spend")?.detail).toBe("Map tiles <b>");
    expect(entries.find(({ detail }) => detail === "Counted twice")?.what).toBe("Removed by us");
    expect(html).toContain("Map tiles &lt;b&gt;");
  });
});

describe("pages of a statement", () => {
  it("neither repeat nor skip a line while new entries arrive, and never split an act", async () => {
    const customer = await signedInCustomer();
    const id = await accountIdOf(customer);
    await postsManySpends(id, 130);
    const first = await statementOf(customer);
    await gives(id, 7);
    const second = await statementOf(customer, first.older_entries ?? "");
    await gives(id, 8);
    const third = await statementOf(customer, second.older_entries ?? "");

    const seen = [first, second, third].flatMap(({ entries }) => entries);

    expect(third.older_entries).toBeNull();
    expect(seen).toHaveLength(132);
    expect(new Set(seen.map(({ seq }) => seq)).size).toBe(132);
    expect(seen.every(({ seq }, index) => index === 0 || seq < (seen[index - 1]?.seq ?? 0))).toBe(true);
    expect(seen.filter(({ kind }) => kind === "spend").every(({ credits }) => credits === -3)).toBe(true);
    expect(
      seen.every(
        (line, at) => at === 0 || line.balance + (seen[at - 1]?.credits ?? 0) === seen[at - 1]?.balance,
      ),
    ).toBe(true);
  });

  it("link from one to the next, and back to the newest", async () => {
    const customer = await signedInCustomer();
    await postsManySpends(await accountIdOf(customer), 60);

    const { html } = await visit("/account/statement", customer.cookie);
    const older = /href="(\/account\/statement\?before=\d+)"/.exec(html)?.[1] ?? "";
    const next = await visit(older, customer.cookie);

    expect(html.match(/<tr>/g)).toHaveLength(51);
    expect(next.html.match(/<tr>/g)).toHaveLength(13);
    expect(next.html).not.toContain("?before=");
    expect(next.text).toContain("Newest entries");
  });

  it("show an act whole when they begin in the middle of it", async () => {
    const customer = await signedInCustomer();
    await postsManySpends(await accountIdOf(customer), 3);

    const { entries } = await statementOf(customer, "/account/statement?before=8");

    expect(entries.map(({ kind, credits }) => [kind, credits])).toEqual([
      ["spend", -3],
      ["spend", -3],
      ["spend", -3],
      ["promotion", 100_000],
      ["promotion", 100_000],
    ]);
  });

  it("are empty before the first entry, and refused at an address that names no entry", async () => {
    const { customer } = await buysCredits(1000);

    expect((await statementOf(customer, "/account/statement?before=1")).entries).toEqual([]);
    expect((await visit("/account/statement?before=1", customer.cookie)).text).toContain(
      "There are no earlier entries.",
    );
    for (const wrong of ["0", "-1", "1.5", "first", "9007199254740992", ""]) {
      expect((await customer.request(`/account/statement?before=${wrong}`)).status).toBe(422);
    }
  });

  it("read a bounded part of the ledger, however long it is", async () => {
    const id = await newAccount();
    await postsManySpends(id, 3000);
    const counted = countingReads();

    await listPostedBefore(counted.db, id, { before: Number.MAX_SAFE_INTEGER, acts: 51 });
    const page = counted.take();
    const sampled = await sampleBalances(counted.db, id, 60);

    expect(page).toBeLessThan(500);
    expect(counted.take()).toBeLessThan(500);
    expect(sampled).toHaveLength(60);
  });

  it("draw the balance as it is now, even if the last entry is a repayment", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 1000);
    await staffRefunds(bought);
    await buysCredits(500, { by: bought.customer });

    const [last] = (await statementOf(bought.customer)).entries;
    const sampled = await sampleBalances(env.DB, bought.accountId, 2);

    expect(last).toMatchObject({ kind: "repayment" });
    expect(sampled.map(({ balance }) => balance)).toEqual([1000, -500]);
  });
});

describe("someone else's statement", () => {
  it("is out of reach: it opens only with its own session, and no address names another account", async () => {
    const { customer, orderId } = await buysCredits(1000);
    const stranger = await signedInCustomer();
    const paths = ["/account/statement", "/account/statement?before=5", "/account/statement.csv"];

    for (const path of paths) {
      expect((await customer.request(path)).status).toBe(200);
      expect((await customer.request(path, { headers: { Cookie: "" } })).status).toBe(401);
      const seen = await stranger.request(
        `${path}${path.includes("?") ? "&" : "?"}account_id=${await accountIdOf(customer)}`,
      );
      expect(await seen.text()).not.toContain(orderId);
    }
    expect((await visit("/account/statement")).location).toBe("/?next=%2Faccount%2Fstatement");
    expect((await statementOf(stranger)).entries).toEqual([]);
  });

  it("is never kept by a cache", async () => {
    const { customer } = await buysCredits(1000);

    const { response } = await fileOf(customer);

    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("the file for bookkeeping", () => {
  it("holds every line, oldest first, in the format of RFC 4180, and has a file name", async () => {
    const { customer, orderId } = await buysCredits(1000);
    const id = await accountIdOf(customer);
    const grant = await gives(id, 5);
    await posts(id, { kind: "spend", credits: -2, grant_id: grant, note: 'He said "no", and\nleft; é' });

    const { response, text } = await fileOf(customer);

    expect(response.headers.get("Content-Type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("Content-Disposition")).toMatch(
      /^attachment; filename="statement-\d{4}-\d\d-\d\d\.csv"$/,
    );
    const [receipt] = await rows("SELECT number FROM receipts WHERE order_id = ?1", orderId);
    const at = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
    expect(text).toMatch(
      new RegExp(
        `^\uFEFFnumber,time,kind,what,detail,credits,balance,order,receipt\r\n` +
          `1,${at},purchase,Bought by card,,1000,1000,${orderId},${receipt?.["number"]}\r\n` +
          `2,${at},promotion,Promotional credits,,5,1005,,\r\n` +
          `3,${at},spend,Used,"He said ""no"", and\nleft; é",-2,1003,,\r\n$`,
      ),
    );
  });

  it("never makes a spreadsheet compute what someone wrote", async () => {
    const customer = await signedInCustomer();
    const id = await accountIdOf(customer);
    const grant = await gives(id, 100);
    const notes = [
      '=HYPERLINK("http://evil")',
      "+1+1",
      "-2+3",
      "@SUM(A1)",
      "\t=1",
      "  =1",
      "\r=1",
      "\u200B=1",
      "\u0001=1",
      "＝1+1",
      "＠sum",
      "|calc",
      "%0A",
      "fine",
    ];
    await posts(id, ...notes.map((note) => ({ kind: "spend", credits: -1, grant_id: grant, note })));

    const details = parseCsv((await fileOf(customer)).text)
      .slice(2)
      .map((record) => record[4] ?? "");

    expect(details).toHaveLength(notes.length);
    expect(details.filter((detail) => /^[\s\p{C}]*[=+\-@|%\t\r＝＠]/u.test(detail))).toEqual([]);
    expect(details.map((detail) => detail.replace(/^'/, ""))).toEqual(notes);
    expect(details.at(-1)).toBe("fine");
  });

  it("holds only the column names when the account has no entries", async () => {
    const { text } = await fileOf(await signedInCustomer());

    expect(text).toBe("\uFEFFnumber,time,kind,what,detail,credits,balance,order,receipt\r\n");
  });

  it("holds each of thousands of acts once and whole", async () => {
    const customer = await signedInCustomer();
    await postsManySpends(await accountIdOf(customer), 6000);

    const records = parseCsv((await fileOf(customer)).text).slice(1);

    expect(records).toHaveLength(6002);
    expect(records.slice(2).every((record) => record[5] === "-3")).toBe(true);
    expect(records.at(-1)?.[6]).toBe(String(200_000 - 3 * 6000));
  });
});

describe("the chart of the balance over time", () => {
  it("is drawn once the balance has moved, and described in words for those who cannot see it", async () => {
    const bought = await buysCredits(1000);
    expect((await visit("/account", bought.customer.cookie)).html).not.toContain('class="chart"');
    await spends(bought, 800);
    await staffRefunds(bought);

    const { html } = await visit("/account", bought.customer.cookie);

    expect(html).toMatch(
      /<svg[^>]*role="img"[^>]*aria-label="Balance since [^"]+: at its highest 1,000, at its lowest 800 owed, now 800 owed\."/,
    );
    expect(html).toMatch(/<path class="line" d="M0 0[^"]*H600"/);
  });

  it("names the day once when it covers only one day", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 800);

    const { html } = await visit("/account", bought.customer.cookie);

    expect(/<figcaption[^>]*>(.*?)<\/figcaption>/.exec(html)?.[1]).toBe(
      "<span>today</span><span>highest 1,000</span>",
    );
    expect(html).toContain('<a href="/account/statement">Open the statement</a>');
  });

  it("stays small for thousands of entries, and says that its figures are approximate", async () => {
    const customer = await signedInCustomer();
    await postsManySpends(await accountIdOf(customer), 2000);

    const { html } = await visit("/account", customer.cookie);

    expect(html).toMatch(/at its highest about 19\d,\d{3}, now 194,000\./);
    expect(html).toContain('<a href="/account/statement">Open the statement</a>');
    expect(/<path class="line" d="([^"]+)"/.exec(html)?.[1]?.length).toBeLessThan(1000);
  });
});

/** Two promotions of 100,000 credits, followed by acts of one or two entries that take 3 credits each. */
async function postsManySpends(accountId: AccountId, count: number): Promise<void> {
  const one = await gives(accountId, 100_000);
  const other = await gives(accountId, 100_000);
  const [at] = await rows("SELECT balance, last_seq AS seq FROM accounts WHERE id = ?1", accountId);
  const acts = Array.from({ length: count }, (_, index) => {
    const act = {
      kind: "spend",
      source_type: "spend",
      source_id: `spd_${accountId}_${index}`,
      created_at: index + 2,
    };
    return index % 2 === 0
      ? [{ ...act, credits: -3, grant_id: one, part: 0 }]
      : [
          { ...act, credits: -2, grant_id: one, part: 0 },
          { ...act, credits: -1, grant_id: other, part: 1 },
        ];
  });
  const lines = linesFrom(
    { balance: Number(at?.["balance"]), seq: Number(at?.["seq"]) },
    accountId,
    acts.flat(),
  );
  await env.DB.prepare(
    `INSERT INTO ledger_entries (account_id, seq, id, kind, credits, balance_after, grant_id, order_id, source_type,
       source_id, part, actor, note, created_at)
     SELECT value ->> 'account_id', value ->> 'seq', value ->> 'id', value ->> 'kind', value ->> 'credits',
            value ->> 'balance_after', value ->> 'grant_id', NULL, value ->> 'source_type', value ->> 'source_id',
            value ->> 'part', value ->> 'actor', NULL, value ->> 'created_at'
     FROM json_each(?1) ORDER BY key`,
  )
    .bind(JSON.stringify(lines))
    .run();
}

/** The database, counting the rows that its queries read. */
function countingReads(): { db: D1Database; take: () => number } {
  let read = 0;
  const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === "bind") {
          return (...values: unknown[]) => counted(target.bind(...values));
        }
        return async () => {
          const result = await target.all();
          read += result.meta.rows_read;
          return result;
        };
      },
    });
  const db = new Proxy(env.DB, {
    get: (target, name) =>
      name === "prepare" ? (text: string) => counted(target.prepare(text)) : Reflect.get(target, name),
  });
  return {
    db,
    take: () => {
      const taken = read;
      read = 0;
      return taken;
    },
  };
}

/** The records of a CSV file as RFC 4180 defines them; throws if it is not one. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  const field = /\uFEFF?(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  let record: string[] = [];
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    if (found === null) {
      throw new Error("This is not a CSV file");
    }
    record.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === "\r\n") {
      records.push(record);
      record = [];
    }
  }
  return records;
}
