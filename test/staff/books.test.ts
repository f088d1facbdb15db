/** The books as staff see them: whether they agree, each difference with both sides, comparing on demand, and the cron's runs. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { runCron } from "../../src/cron/run.ts";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import type { Difference } from "../../src/domain/reconciliation.ts";
import { control } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { newOrderId } from "../support/customer.ts";
import { chargesAtStripe, nextCall } from "../support/stripe.ts";
import { buysCredits, buysCreditsUnknowing } from "../refunds/support.ts";
import { fieldsOf, staffMember } from "./support.ts";

const staff = staffMember();
const HOUR = 60 * 60_000;

beforeEach(async () => {
  await control("/reset");
  await env.DB.batch(
    ["reconciliations", "differences", "cron_runs"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  );
  // The emptied stand-in does not know what earlier tests paid.
  await env.DB.prepare("UPDATE orders SET reconciled_at = 1").run();
});

const compared = z.object({
  reconciliation: z.object({
    id: z.string(),
    stage: z.string(),
    payments: z.number(),
    differences: z.number().nullable(),
  }),
  open_differences: z.number(),
});

/** Records a difference, as reconciling does. */
async function differs(
  difference: Pick<Difference, "kind" | "subject"> & Partial<Difference>,
  resolvedAt: number | null = null,
): Promise<void> {
  const { kind, subject, orderId = null, ours = null, theirs = null } = difference;
  await env.DB.prepare(
    `INSERT INTO differences (kind, subject, account_id, order_id, ours, theirs, occurred_at, found_at, last_found_at,
       resolved_at)
     VALUES (?1, ?2, NULL, ?3, ?4, ?5, ?6, ?6, ?6, ?7)`,
  )
    .bind(kind, subject, orderId, JSON.stringify(ours), JSON.stringify(theirs), Date.now(), resolvedAt)
    .run();
}

describe("the books", () => {
  it("say on their page and the overview that they have not been compared yet", async () => {
    for (const path of ["/admin", "/admin/books"]) {
      const page = await staff.visits(path);
      expect(page.status).toBe(200);
      expect(page.text).toContain("The books have not been compared with Stripe yet.");
    }
    const page = await staff.visits("/admin/books");
    expect(page.text).toContain("No differences.");
    expect(page.text).toContain("None yet. The first starts automatically");
    expect(page.text).toContain("The cron has not run yet.");
  });

  it("say, once compared on demand, that they agree, as of when, and over how many payments", async () => {
    await buysCredits(1000);
    const [paid] = await rows("SELECT COUNT(*) AS orders FROM orders WHERE state = 'paid'");

    const answer = await staff.submits("/admin/books/reconcile");

    expect([answer.status, answer.location]).toEqual([303, "/admin/books"]);
    for (const path of ["/admin", "/admin/books"]) {
      const { text } = await staff.visits(path);
      expect(text).toMatch(
        new RegExp(
          `Books agree as of \\d+ \\w+ \\d{4}, \\d\\d:\\d\\d UTC: ${String(paid?.["orders"])} payments?, 0 differences\\.`,
        ),
      );
    }
  });

  it("are compared once for simultaneous clicks, and again for a later click", async () => {
    await buysCredits(500);
    const answers = await Promise.all(Array.from({ length: 3 }, () => staff.posts("/admin/books/reconcile")));
    expect(answers.every(({ status }) => status === 200 || status === 202)).toBe(true);
    const ids = answers.map(({ body }) => compared.parse(body).reconciliation.id);
    expect(new Set(ids).size).toBe(1);
    expect(await rows("SELECT stage FROM reconciliations")).toEqual([{ stage: "done" }]);
    const { body } = await staff.posts("/admin/books/reconcile");
    expect(compared.parse(body).reconciliation.id).not.toBe(ids[0]);
  });

  it("show an interrupted comparison as under way, and the cron finishes it", async () => {
    await buysCredits(500);
    await env.DB.prepare(
      `INSERT INTO reconciliations (id, from_at, until_at, stage, payments, started_at, updated_at)
       VALUES ('rec_cut', 0, ?1, 'disputes', 12, ?1, ?1)`,
    )
      .bind(Date.now())
      .run();
    const page = await staff.visits("/admin/books");
    expect(page.text).toContain("Comparing disputes: 12 payments and 0 accounts so far.");
    expect(page.text).toContain("Under way");
    expect(page.html).toContain("Continue comparing");
    expect((await staff.visits("/admin")).text).toContain("Comparing disputes: 12 payments");
    await runCron(env);
    expect(await rows("SELECT id, stage FROM reconciliations WHERE id = 'rec_cut'")).toEqual([
      { id: "rec_cut", stage: "done" },
    ]);
  });

  it("count a payment that was never posted as settled by the comparison", async () => {
    await buysCreditsUnknowing();
    await staff.submits("/admin/books/reconcile");
    const [last] = await rows("SELECT settled FROM reconciliations");
    expect(last).toEqual({ settled: 1 });
  });

  it("say so when the last comparison is more than a day old", async () => {
    const then = Date.now() - 40 * HOUR;
    await env.DB.prepare(
      `INSERT INTO reconciliations (id, from_at, until_at, stage, payments, differences, started_at, updated_at, finished_at)
       VALUES ('rec_old', 0, ?1, 'done', 3, 0, ?1, ?1, ?1)`,
    )
      .bind(then)
      .run();
    const page = await staff.visits("/admin");
    expect(page.text).toMatch(
      /Books agree as of .*: 3 payments, 0 differences\. That is more than a day ago\./,
    );
  });

  it("are not compared on a GET request", async () => {
    const answer = await staff.visits("/admin/books/reconcile");
    expect([answer.status, answer.location]).toEqual([303, "/admin/books"]);
    expect(await rows("SELECT id FROM reconciliations")).toEqual([]);
  });
});

describe("a difference", () => {
  it("is shown in words with both sides, as amounts of its currency, and links to its order", async () => {
    const { orderId, paymentIntent } = await buysCredits(1000);
    await differs({
      kind: "amount_differs",
      subject: paymentIntent,
      orderId,
      ours: { order_id: orderId, state: "paid", credits: 1000, amount_cents: 123_456, currency: "usd" },
      theirs: {
        payment_intent_id: paymentIntent,
        status: "succeeded",
        amount_cents: 123_450,
        currency: "usd",
      },
    });
    const page = await staff.visits("/admin/books");
    expect(page.text).toContain("Differences: 1");
    expect(page.text).toContain("Amounts differ");
    expect(page.text).toContain("Stripe did not charge the amount of the order");
    expect(page.text).toContain("$1,234.56");
    expect(page.text).toContain("$1,234.50");
    expect(page.html).toContain(`href="/admin/orders/${orderId}"`);
    expect((await staff.visits("/admin")).text).toContain("View the differences");
  });

  it("about a refund is shown in its order's currency, although its sides name none", async () => {
    const { orderId } = await buysCredits(1000);
    const side = { id: "re_1", what: "refund", amount_cents: 250, withdrawn_cents: null };
    await differs({
      kind: "money_back_not_booked",
      subject: "re_1",
      orderId,
      ours: { ...side, status: "pending" },
      theirs: { ...side, status: "succeeded" },
    });
    const { text } = await staff.visits("/admin/books");
    expect(text).toContain("Our books ID re_1 Type refund Amount $2.50");
    expect(text).toContain("Status pending");
    expect(text).toContain("Status succeeded");
  });

  it("within our own books shows the value that stands and the one the entries add up to", async () => {
    await differs({
      kind: "balance_is_not_the_sum_of_entries",
      subject: "acc_1",
      ours: { credits: 1200, credits_by_entries: 1000 },
    });
    const { text } = await staff.visits("/admin/books");
    expect(text).toContain("As it stands Credits 1,200 By the entries Credits 1,000");
  });

  const KINDS = [
    "payment_without_order",
    "payment_not_credited",
    "second_payment",
    "amount_differs",
    "check_failed",
    "order_without_payment",
    "balance_is_not_the_sum_of_entries",
    "entries_do_not_continue_each_other",
    "grant_is_not_the_sum_of_entries",
    "paid_order_without_purchase",
    "purchase_without_paid_order",
    "credits_taken_differ_from_money_back",
    "money_back_not_booked",
    "money_back_not_at_stripe",
    "fraud_warning_not_handled",
    "part_not_compared",
  ] as const satisfies readonly Difference["kind"][];

  it("of any kind has words for it, even with both sides missing", async () => {
    for (const kind of KINDS) {
      await differs({ kind, subject: `about_${kind}` });
    }
    const page = await staff.visits("/admin/books");
    expect(page.status).toBe(200);
    expect(page.html.match(/<h3>/g)).toHaveLength(KINDS.length);
    expect(page.text).not.toMatch(/undefined|null|NaN|\[object/);
  });

  it("that no longer exists is listed below as resolved", async () => {
    await differs({ kind: "second_payment", subject: "pi_gone" }, Date.now());
    const page = await staff.visits("/admin/books");
    expect(page.text).toContain("No differences.");
    expect(page.text).toMatch(/Earlier differences Paid twice Resolved/);
    expect((await staff.visits("/admin")).text).not.toContain("View the differences");
  });

  it("beyond the fifty found last is still counted", async () => {
    for (let number = 0; number < 53; number += 1) {
      await differs({ kind: "second_payment", subject: `pi_${number}` });
    }
    const page = await staff.visits("/admin/books");
    expect(page.text).toContain("Differences: 53");
    expect(page.text).toContain("Showing the 50 found most recently.");
  });

  it("that contains markup shows it as text", async () => {
    const markup = `<img src=x onerror="alert(1)">`;
    await differs({
      kind: "payment_without_order",
      subject: markup,
      orderId: `"><script>alert(1)</script>`,
      theirs: { status: markup, payment_intent_id: markup },
    });
    const page = await staff.visits("/admin/books");
    expect(page.html).not.toMatch(/<img|<script>/);
    expect(page.text).toContain(markup);
  });

  it("is in the JSON, with both sides as they were found", async () => {
    const orderId = newOrderId();
    await differs({ kind: "second_payment", subject: "pi_2", orderId, theirs: { amount_cents: 5 } });
    expect(await staff.reads("/admin/books")).toMatchObject({
      open_differences: 1,
      differences: [
        {
          kind: "second_payment",
          subject: "pi_2",
          order_id: orderId,
          ours: null,
          theirs: { amount_cents: 5 },
        },
      ],
      reconciliations: [],
      earlier: [],
      cron_runs: [],
    });
  });
});

/** A payment of nobody's at Stripe that bears our mark, found by comparing. Answers its id. */
async function payingNobody(): Promise<string> {
  const payment = await chargesAtStripe({ amount: 1000, metadata: { order_id: newOrderId() } });
  await reconcileNow(env);
  return payment.id;
}

const closings = z.object({
  difference: z.object({
    kind: z.string(),
    version: z.number(),
    closing: z.object({ closed_by: z.string(), closed_at: z.string(), note: z.string() }),
  }),
});

/** What staff send to close it. */
function about(subject: string, more: object = {}) {
  return {
    kind: "payment_without_order",
    subject,
    version: 1,
    note: "Refunded by bank transfer",
    ...more,
  };
}

describe("closing a difference", () => {
  it("takes it off the list, says who closed it, when and why, and the books agree", async () => {
    const subject = await payingNobody();
    const before = await staff.visits("/admin/books");
    expect(before.text).toContain("Books do not agree");
    const form = fieldsOf(before, "/admin/books/close");
    expect(form).toEqual({ kind: "payment_without_order", subject, version: "1" });

    const answer = await staff.submits("/admin/books/close", {
      ...form,
      note: "  Refunded <b>by bank</b>  ",
    });

    expect([answer.status, answer.location]).toEqual([303, "/admin/books#earlier"]);
    const { text, html } = await staff.visits("/admin/books");
    expect(text).toMatch(/Books agree as of .*, 0 differences\./);
    expect(text).toContain("No differences.");
    expect(text).toMatch(/Earlier differences Paid at Stripe, no order here Closed/);
    expect(text).toMatch(
      /Closed by staff@example\.com, \d+ \w+ \d{4}, \d\d:\d\d UTC : Refunded <b>by bank<\/b>/,
    );
    expect(html).not.toContain("<b>by bank");
    expect((await staff.visits("/admin")).text).toMatch(/Books agree as of .*, 0 differences\./);
  });

  it("lasts through later comparisons, which find the same", async () => {
    const subject = await payingNobody();
    const { status, body } = await staff.posts("/admin/books/close", about(subject));
    expect([status, closings.parse(body).difference.closing.closed_by]).toEqual([200, staff.email]);

    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    expect(await reconcileNow(env)).toMatchObject({ stage: "done", differences: 0 });
    expect(await staff.reads("/admin/books")).toMatchObject({
      differences: [],
      earlier: [{ subject, version: 1, closing: { version: 1, note: "Refunded by bank transfer" } }],
    });
  });

  it("ends when what differs has changed, and the page still says what was noted then", async () => {
    const subject = await payingNobody();
    await staff.posts("/admin/books/close", about(subject));
    await env.DB.prepare(
      "UPDATE differences SET theirs = json_set(theirs, '$.amount_cents', 1) WHERE subject = ?1",
    )
      .bind(subject)
      .run();

    expect(await reconcileNow(env)).toMatchObject({ differences: 1 });

    const { text } = await staff.visits("/admin/books");
    expect(text).toContain("Differences: 1");
    expect(text).toContain("It has changed since it was closed by staff@example.com");
    expect(text).toContain("Refunded by bank transfer");
    const again = await staff.posts("/admin/books/close", about(subject, { version: 2, note: "Seen again" }));
    expect(again.status).toBe(200);
    expect(await reconcileNow(env)).toMatchObject({ differences: 0 });
    expect(await rows("SELECT version, note FROM difference_closings WHERE subject = ?1", subject)).toEqual([
      { version: 1, note: "Refunded by bank transfer" },
      { version: 2, note: "Seen again" },
    ]);
  });

  it("without a note is refused beside the field, and what was typed stays in a note that is too late", async () => {
    const subject = await payingNobody();
    const empty = await staff.submits("/admin/books/close", {
      ...about(subject, { note: "   " }),
      version: "1",
    });
    expect(empty.status).toBe(422);
    expect(empty.text).toContain("Say why it can be closed.");
    expect(empty.html).toMatch(/<details class="offer" open[^>]*>/);
    expect(empty.html).toMatch(/<textarea[^>]*aria-invalid="true"[^>]*autofocus/);
    expect((await staff.posts("/admin/books/close", about(subject, { note: "" }))).body).toMatchObject({
      error: { code: "invalid_request", fields: ["note"], problems: { note: "Say why it can be closed." } },
    });

    await env.DB.prepare("UPDATE differences SET version = 2 WHERE subject = ?1").bind(subject).run();
    const late = await staff.submits("/admin/books/close", { ...about(subject), version: "1" });
    expect(late.status).toBe(409);
    expect(late.text).toContain("Nothing was done. Please look at it again.");
    expect(late.html).toMatch(/<textarea[^>]*>Refunded by bank transfer<\/textarea>/);
    expect(await rows("SELECT note FROM difference_closings WHERE subject = ?1", subject)).toEqual([]);
  });

  it("that somebody else closed meanwhile is refused; the same again is answered as before", async () => {
    const subject = await payingNobody();
    const answers = await Promise.all([
      staff.posts("/admin/books/close", about(subject)),
      staff.posts("/admin/books/close", about(subject)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const other = await staffMember("ada@example.com").posts("/admin/books/close", about(subject));
    expect([other.status, other.body]).toMatchObject([409, { error: { code: "difference_not_open" } }]);
    expect(await rows("SELECT closed_by FROM difference_closings WHERE subject = ?1", subject)).toEqual([
      { closed_by: "staff@example.com" },
    ]);
  });

  it("that was never found is not found; nothing can be sent that is not asked for", async () => {
    const unknown = await staff.posts("/admin/books/close", about("pi_unknown"));
    expect([unknown.status, unknown.body]).toMatchObject([404, { error: { code: "difference_not_found" } }]);
    for (const wrong of [
      { version: "x" },
      { subject: "s".repeat(256) },
      { note: "n".repeat(501) },
      { more: 1 },
    ]) {
      expect((await staff.posts("/admin/books/close", about("pi_1", wrong))).status).toBe(422);
    }
    expect((await staff.submits("/admin/books/close", {})).status).toBe(422);
    const get = await staff.visits("/admin/books/close");
    expect([get.status, get.location]).toEqual([303, "/admin/books"]);
    const elsewhere = await staff.submits("/admin/books/close", {}, "https://elsewhere.example");
    expect(elsewhere.status).toBe(403);
  });

  it("is kept for good: the database refuses to change or delete a note", async () => {
    const subject = await payingNobody();
    await staff.posts("/admin/books/close", about(subject));
    for (const statement of [
      "UPDATE difference_closings SET note = 'x'",
      "DELETE FROM difference_closings",
    ]) {
      await expect(env.DB.prepare(statement).run()).rejects.toThrow("what staff noted is never");
    }
  });
});

describe("the cron's runs", () => {
  it("report how many orders they looked at, settled, left waiting and failed on", async () => {
    await runCron(env);
    const { text } = await staff.visits("/admin");
    expect(text).toMatch(
      /Last run at .*: \d+ orders? in \d+ accounts? checked, \d+ settled, \d+ waiting, \d+ failed\./,
    );
    expect((await staff.visits("/admin/books")).text).toContain("Cron runs");
    expect(await staff.reads("/admin")).toMatchObject({ cron: { is_complete: true } });
  });

  it.each([
    ["failed on some orders", { finished: 1000, failed: 2 }, "1 settled, 3 waiting, 2 failed"],
    ["has not reported yet", { finished: null, failed: 0 }, "has not reported yet"],
    ["was long ago", { finished: 1000, failed: 0, ago: HOUR }, "The cron has not run since"],
  ])("show on the overview that the last one %s", async (_name, run, words) => {
    const started = Date.now() - ("ago" in run ? run.ago : 0);
    await env.DB.prepare(
      `INSERT INTO cron_runs (started_at, finished_at, accounts_looked_at, orders_looked_at, orders_settled,
         orders_waiting, orders_failed)
       VALUES (?1, ?2, 4, 6, 1, 3, ?3)`,
    )
      .bind(started, run.finished === null ? null : started + run.finished, run.failed)
      .run();
    expect((await staff.visits("/admin")).text).toContain(words);
    expect((await staff.visits("/admin/books")).status).toBe(200);
  });

  it("that were killed are told from one under way", async () => {
    for (const started of [Date.now() - 5 * 60_000, Date.now()]) {
      await env.DB.prepare("INSERT INTO cron_runs (started_at) VALUES (?1)").bind(started).run();
    }
    expect((await staff.visits("/admin/books")).text).toMatch(/Under way .*Cut off/);
  });

  it("are marked when they ran out of time", async () => {
    await env.DB.prepare(
      "INSERT INTO cron_runs (started_at, finished_at, stopped_after) VALUES (?1, ?1, 'acc_1')",
    )
      .bind(Date.now())
      .run();
    expect((await staff.visits("/admin/books")).text).toContain("Out of time");
  });
});

describe("a comparison on demand", () => {
  it("is answered as under way while Stripe is slow, keeps its progress, and goes on with the next click", async () => {
    await buysCredits(500);
    await nextCall("GET /v1/payment_intents", "slow", 1, 12_000);
    const { status, body } = await staff.posts("/admin/books/reconcile");
    expect(status).toBe(202);
    expect(compared.parse(body).reconciliation.stage).toBe("payments");
    expect((await staff.visits("/admin/books")).text).toContain("Comparing payments");
    await expect
      .poll(() => rows("SELECT stage FROM reconciliations"), { timeout: 20_000 })
      .toEqual([{ stage: "refunds" }]);
    const next = await staff.posts("/admin/books/reconcile");
    expect([next.status, compared.parse(next.body).reconciliation.stage]).toEqual([200, "done"]);
  });
});
