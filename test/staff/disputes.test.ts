/** Disputes as staff see them: where one stands, the evidence as it would be sent, and sending it, once. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { advance, stripe } from "../stand-in/stripe/support.ts";
import { nextCall } from "../support/stripe.ts";
import {
  alarmRings,
  type Bought,
  buysCredits,
  disputed,
  everythingArrives,
  expectBooksToAgree,
  moves,
  spends,
} from "../refunds/support.ts";
import { fieldsOf, type Seen, staffMember } from "./support.ts";

const staff = staffMember();

async function disputedAndKnown(bought: Bought, how: Parameters<typeof disputed>[1] = {}): Promise<string> {
  const id = await disputed(bought, how);
  await everythingArrives(bought);
  return id;
}

/** Ticks the box and presses the button. */
function submits(id: string, page: Seen, by = staff): Promise<Seen> {
  const path = `/admin/disputes/${id}/submit`;
  return by.submits(path, { ...fieldsOf(page, path), understood: "yes" });
}

async function submissionsAtStripe(id: string): Promise<number> {
  return (await stripe.disputes.retrieve(id)).evidence_details.submission_count;
}

describe("a dispute's page", () => {
  it("says what is contested, what was taken, until when, and shows the pack to be read", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 300);
    const id = await disputedAndKnown(bought, { reason: "fraudulent" });
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.status).toBe(200);
    expect(page.headers.get("Cache-Control")).toContain("no-store");
    expect(page.text).toContain("Dispute: fraudulent");
    expect(page.text).toContain("$10.00 is contested. Stripe took $10.00 out of our balance for it.");
    expect(page.text).toContain("Credits taken 1,000 credits");
    expect(page.text).toMatch(/Evidence due in \d+ days by/);
    expect(page.text).toContain("Of these credits 300 were used");
    expect(page.text).toContain(bought.customer.email);
    expect(page.text).toMatch(/Customer's name Ada Lovelace customer_name/);
    expect(page.text).toContain("Empty: not sent. duplicate_charge_explanation");
    expect(page.text).not.toContain("of 20,000");
    expect(page.text).toMatch(/[\d,]+ characters of 150,000 in all\./);
    expect(page.html.match(/<section class="field"/g)).toHaveLength(8);
    expect(page.html).not.toMatch(/<textarea|contenteditable/);
  });

  it("counts a field's characters where more than half of what Stripe takes is used", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await submits(id, await staff.visits(`/admin/disputes/${id}`));
    await env.DB.prepare(
      "INSERT INTO dispute_evidence SELECT dispute_id, 7, json_set(evidence, '$.accessActivityLog', ?2), actor, asked_at, submitted_at FROM dispute_evidence WHERE dispute_id = ?1",
    )
      .bind(id, "x".repeat(10_001))
      .run();
    expect((await staff.visits(`/admin/disputes/${id}`)).text.match(/[\d,]+ of 20,000/g)).toEqual([
      "10,001 of 20,000",
    ]);
  });

  it("of an inquiry says that nothing was taken, and can be answered too", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought, { inquiry: true });
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.text).toContain("The bank asks about $10.00. No money and no credits were taken.");
    expect(page.text).toContain("Credits taken 0 credits");
    expect(page.html).toContain("Submit to the bank");
  });

  it.each([
    [
      "won",
      "the bank let the payment stand",
      "The bank has decided for us. Nothing more is to be submitted.",
      "$10.00 is left. Empty is all of it.",
    ],
    [
      "lost",
      "the cardholder got it back. The credits stay taken.",
      "The bank has decided against us. Nothing more can be submitted.",
      "A dispute of this payment was decided against us: the cardholder has the money.",
    ],
    [
      "under_review",
      "The bank is deciding.",
      "The bank takes no evidence in this dispute at present.",
      "This payment is contested, and the bank has its money until that is decided.",
    ],
    [
      "appeal_under_review",
      "before the bank once more",
      "The bank takes no evidence in this dispute at present.",
      "This payment is contested, and the bank has its money until that is decided.",
    ],
  ])("of one that is %s says so, and takes no evidence", async (status, words, noEvidence, refunding) => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    if (status.startsWith("appeal")) {
      await moves(id, "lost");
    }
    await moves(id, status);
    await everythingArrives(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.text).toContain(words);
    expect(page.html).not.toContain("Submit to the bank");
    expect(page.text).toContain("None was submitted from here");
    expect(page.text).toContain(noEvidence);
    const order = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(order.html).toContain(`href="/admin/disputes/${id}"`);
    expect(order.text).toContain(refunding);
  });

  it("that was won has given no money back, and its order says so", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const open = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(open.text).toMatch(/Disputed [^$]*\$10\.00 \$10\.00 is contested/);
    await moves(id, "won");
    await everythingArrives(bought);
    const won = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(won.text).toMatch(/Won [^$]*\$0\.00 \$10\.00 was contested/);
  });

  it("of a status never heard of is still a page", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await env.DB.prepare("UPDATE disputes SET status = 'on_the_moon' WHERE id = ?1").bind(id).run();
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.text).toContain("on the moon");
    expect((await staff.visits("/admin")).html).toContain(id);
    await env.DB.prepare("UPDATE disputes SET status = 'lost' WHERE id = ?1").bind(id).run();
  });

  it("that nobody opened is a page of staff's that says so", async () => {
    const page = await staff.visits("/admin/disputes/du_nobody");
    expect(page.status).toBe(404);
    expect(page.text).toContain("There is no such dispute.");
    expect((await staff.submits("/admin/disputes/du_nobody/submit", { round: "0" })).status).toBe(404);
  });

  it("shows an address that holds markup as text", async () => {
    const markup = "</textarea><script>alert(1)</script>";
    const address = { line1: markup, city: markup, state: "CA", postal_code: "94105", country: "US" };
    const bought = await buysCredits(1000, { address });
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.html).not.toContain("<script>");
    expect(page.text).toContain(markup);
  });

  it("is in the JSON, with the pack", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    expect(await staff.reads(`/admin/disputes/${id}`)).toMatchObject({
      dispute: { id, stage: "open", amount_cents: 1000, needs_evidence: true, submissions: 0 },
      order: { id: bought.orderId },
      credits_taken: 1000,
      evidence: { customerEmailAddress: bought.customer.email },
      submitted: [],
    });
  });
});

describe("submitting the evidence", () => {
  it("puts the pack before the bank in the name of whoever pressed, and shows what the bank has", async () => {
    const grace = staffMember("grace@example.com");
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const answer = await submits(id, await grace.visits(`/admin/disputes/${id}`), grace);
    expect([answer.status, answer.location]).toEqual([303, `/admin/disputes/${id}`]);

    const dispute = await stripe.disputes.retrieve(id);
    expect(dispute.status).toBe("under_review");
    expect(dispute.evidence.customer_email_address).toBe(bought.customer.email);
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.text).toContain("By grace@example.com");
    expect(page.text).toContain("This is what the bank has.");
    expect(page.text).toContain("Evidence submitted Once");
    expect(page.html).not.toContain("Submit to the bank");
    await advance({ seconds: 10 });
    await everythingArrives(bought);
    await expectBooksToAgree(bought);
  });

  it("without saying that it was read is refused beside the box", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.submits(`/admin/disputes/${id}/submit`, { round: "0" });
    expect(page.status).toBe(422);
    expect(page.html).toMatch(/id="understood-error"[^>]*>\s*Say that you have read it first\./);
    expect(await submissionsAtStripe(id)).toBe(0);
  });

  it.each([{ round: "one" }, {}, { round: "0", actor: "boss@example.com" }])(
    "with %o is refused",
    async (fields) => {
      const bought = await buysCredits(1000);
      const id = await disputedAndKnown(bought);
      const { status } = await staff.posts(`/admin/disputes/${id}/submit`, { ...fields, understood: true });
      expect(status).toBe(422);
      expect(await submissionsAtStripe(id)).toBe(0);
    },
  );

  it("pressed twice at once, and once more, is one submission", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    const answers = await Promise.all([submits(id, page), submits(id, page)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect((await submits(id, page)).status).toBe(303);
    expect(await submissionsAtStripe(id)).toBe(1);
  });

  it("that meets Stripe's silence stands, is said to be on its way, and is finished by itself", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    await nextCall(`POST /v1/disputes/${id}`, "unreachable", 2);
    expect((await submits(id, page)).status).toBe(303);
    const waiting = await staff.visits(`/admin/disputes/${id}`);
    expect(waiting.text).toContain(
      "staff@example.com submitted this, and Stripe is not known to have it yet.",
    );
    expect(waiting.html).not.toContain("Submit to the bank");
    await alarmRings(bought);
    expect((await staff.visits(`/admin/disputes/${id}`)).text).toContain("This is what the bank has.");
    expect(await submissionsAtStripe(id)).toBe(1);
  });

  it("where the bank waits for nothing is refused, in words and in JSON", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    await moves(id, "lost");
    await everythingArrives(bought);
    const answer = await submits(id, page);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain("The bank has decided against us. Nothing more can be submitted.");
    expect(await staff.posts(`/admin/disputes/${id}/submit`, { round: 0, understood: true })).toMatchObject({
      status: 409,
      body: { error: { code: "dispute_not_answerable" } },
    });
  });

  it("by GET, as after signing in again, submits nothing", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}/submit`);
    expect([page.status, page.location]).toEqual([303, `/admin/disputes/${id}`]);
    expect(await submissionsAtStripe(id)).toBe(0);
  });
});

describe("all disputes", () => {
  it("are listed, open ones first, and each that is over with the day it was decided", async () => {
    const [won, open] = [await buysCredits(1000), await buysCredits(500)];
    const decided = await disputedAndKnown(won);
    await moves(decided, "won");
    await everythingArrives(won);
    const waiting = await disputedAndKnown(open);

    const page = await staff.visits("/admin/disputes");

    const [before, after] = page.html.split('id="decided"');
    expect(before).toContain(`href="/admin/disputes/${waiting}"`);
    expect(before).not.toContain(decided);
    expect(after).toContain(`href="/admin/disputes/${decided}"`);
    expect(after).not.toContain(waiting);
    expect(page.text).toMatch(/Won decided \d+ \w+ \d{4} /);
    expect((await staff.visits("/admin")).html).toContain('href="/admin/disputes"');
    expect((await staff.visits(`/admin/disputes/${decided}`)).text).toMatch(
      /Decided \d+ \w+ \d{4}, \d\d:\d\d UTC/,
    );
    expect((await staff.visits(`/admin/disputes/${waiting}`)).text).not.toContain("Decided");
    expect(await staff.reads(`/admin/disputes/${decided}`)).toMatchObject({
      dispute: { decided_at: expect.stringMatching(/^\d{4}-/) },
    });
    await env.DB.prepare("DELETE FROM stripe_events WHERE object_id = ?1").bind(decided).run();
    expect((await staff.visits(`/admin/disputes/${decided}`)).text).toContain("Decided Not known when");
  });

  it("that are over come twenty a page, each once", async () => {
    const { accountId, orderId } = await buysCredits(1000);
    await env.DB.batch(
      Array.from({ length: 45 }, (_, index) =>
        env.DB.prepare(
          `INSERT INTO disputes (id, account_id, order_id, status, reason, amount_cents, withdrawn_cents, opened_at,
             known_at, asked)
           VALUES (?1, ?2, ?3, 'warning_closed', 'general', 1, 0, ?4, 1, 1)`,
        ).bind(`du_page_${index}`, accountId, orderId, Math.floor(index / 3)),
      ),
    );
    const seen: string[] = [];
    const lengths: number[] = [];
    for (let path: string | undefined = "/admin/disputes"; path !== undefined;) {
      const page: Seen = await staff.visits(path);
      const after = page.html.split('id="decided"')[1] ?? "";
      const ids = [...after.matchAll(/href="\/admin\/disputes\/(du_\w+)"/g)].map(([, id = ""]) => id);
      seen.push(...ids);
      lengths.push(ids.length);
      path = /href="(\/admin\/disputes\?before=[^"]+)"/.exec(after)?.[1];
    }
    expect(lengths.slice(0, -1).every((length) => length === 20)).toBe(true);
    expect(lengths.length).toBeGreaterThan(2);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => id.startsWith("du_page_"))).toHaveLength(45);
    const nobody = await staff.visits("/admin/disputes?before=du_nobody");
    expect(nobody.text).toContain("No dispute was decided before these.");
  });
});
