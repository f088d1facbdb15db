/** Disputes as staff see them: where each one stands, the evidence as it would be sent, and sending it, once. */
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
  it("gives the amount disputed, what was taken and when evidence is due, and shows the evidence for reading", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 300);
    const id = await disputedAndKnown(bought, { reason: "fraudulent" });
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.status).toBe(200);
    expect(page.headers.get("Cache-Control")).toContain("no-store");
    expect(page.text).toContain("Dispute: fraudulent");
    expect(page.text).toContain("$10.00 is disputed. Stripe took $10.00 out of our balance for it.");
    expect(page.text).toContain("Credits taken 1,000 credits");
    expect(page.text).toMatch(/Evidence due in \d+ days by/);
    expect(page.text).toContain("300 of these credits have been used");
    expect(page.text).toContain(bought.customer.email);
    expect(page.text).toMatch(/Customer's name Ada Lovelace customer_name/);
    expect(page.text).toContain("Empty: not sent. duplicate_charge_explanation");
    expect(page.text).not.toContain("of 20,000");
    expect(page.text).toMatch(/[\d,]+ characters of 150,000 in all\./);
    expect(page.html.match(/<section class="field"/g)).toHaveLength(8);
    expect(page.html).not.toMatch(/<textarea|contenteditable/);
  });

  it("counts a field's characters once more than half of Stripe's limit is used", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await submits(id, await staff.visits(`/admin/disputes/${id}`));
    await env.DB.prepare(
      "INSERT INTO dispute_evidence SELECT dispute_id, stage, 7, 1, json_set(evidence, '$.accessActivityLog', ?2), actor, asked_at, submitted_at, NULL, NULL FROM dispute_evidence WHERE dispute_id = ?1",
    )
      .bind(id, "x".repeat(10_001))
      .run();
    expect((await staff.visits(`/admin/disputes/${id}`)).text.match(/[\d,]+ of 20,000/g)).toEqual([
      "10,001 of 20,000",
    ]);
  });

  it("says of an inquiry that nothing was taken, and lets staff answer it", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought, { inquiry: true });
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.text).toContain("The bank asks about $10.00. No money or credits were taken.");
    expect(page.text).toContain("Credits taken 0 credits");
    expect(page.html).toContain("Submit to the bank");
  });

  it.each([
    [
      "won",
      "the bank upheld the payment",
      "The bank has decided for us. There is nothing more to submit.",
      "$10.00 is left. Leave this empty to refund all of it.",
    ],
    [
      "lost",
      "the cardholder got it back. The credits stay taken.",
      "The bank has decided against us. Nothing more can be submitted.",
      "The bank decided a dispute over this payment against us: the cardholder has the money.",
    ],
    [
      "under_review",
      "The bank is deciding.",
      "The bank is not accepting evidence for this dispute at the moment.",
      "This payment is disputed, and the bank holds the money until it decides.",
    ],
    [
      "appeal_under_review",
      "with the bank again, on appeal",
      "The bank is not accepting evidence for this dispute at the moment.",
      "This payment is disputed, and the bank holds the money until it decides.",
    ],
  ])(
    "says that the dispute is %s, and accepts no evidence then",
    async (status, words, noEvidence, refunding) => {
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
    },
  );

  it("is matched by the order's page, which shows a won dispute as having given no money back", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const open = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(open.text).toMatch(/Disputed [^$]*\$10\.00 \$10\.00 is disputed/);
    await moves(id, "won");
    await everythingArrives(bought);
    const won = await staff.visits(`/admin/orders/${bought.orderId}`);
    expect(won.text).toMatch(/Won [^$]*\$0\.00 \$10\.00 was disputed/);
  });

  it("still opens for a dispute with an unknown status", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    await env.DB.prepare("UPDATE disputes SET status = 'on_the_moon' WHERE id = ?1").bind(id).run();
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.text).toContain("on the moon");
    expect((await staff.visits("/admin")).html).toContain(id);
    await env.DB.prepare("UPDATE disputes SET status = 'lost' WHERE id = ?1").bind(id).run();
  });

  it("says that there is no such dispute for an unknown id", async () => {
    const page = await staff.visits("/admin/disputes/du_nobody");
    expect(page.status).toBe(404);
    expect(page.text).toContain("This dispute does not exist.");
    expect((await staff.submits("/admin/disputes/du_nobody/submit", { round: "0" })).status).toBe(404);
  });

  it("shows an address that contains markup as text", async () => {
    const markup = "</textarea><script>alert(1)</script>";
    const address = { line1: markup, city: markup, state: "CA", postal_code: "94105", country: "US" };
    const bought = await buysCredits(1000, { address });
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    expect(page.html).not.toContain("<script>");
    expect(page.text).toContain(markup);
  });

  it("is also served as JSON, with the evidence", async () => {
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

describe("submitting evidence", () => {
  it("sends it to the bank in the staff member's name, and shows what the bank has", async () => {
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

  it("is refused beside the box unless staff confirm having read it", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.submits(`/admin/disputes/${id}/submit`, { round: "0" });
    expect(page.status).toBe(422);
    expect(page.html).toMatch(/id="understood-error"[^>]*>\s*Confirm that you have read it first\./);
    expect(await submissionsAtStripe(id)).toBe(0);
  });

  it.each([{ round: "one" }, {}, { round: "0", actor: "boss@example.com" }])(
    "is refused when the request holds %o",
    async (fields) => {
      const bought = await buysCredits(1000);
      const id = await disputedAndKnown(bought);
      const { status } = await staff.posts(`/admin/disputes/${id}/submit`, { ...fields, understood: true });
      expect(status).toBe(422);
      expect(await submissionsAtStripe(id)).toBe(0);
    },
  );

  it("happens once when the button is pressed twice at once and again later", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    const answers = await Promise.all([submits(id, page), submits(id, page)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect((await submits(id, page)).status).toBe(303);
    expect(await submissionsAtStripe(id)).toBe(1);
  });

  it("still stands when Stripe is unreachable, is shown as on its way, and is finished by the alarm", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}`);
    await nextCall(`POST /v1/disputes/${id}`, "unreachable", 2);
    expect((await submits(id, page)).status).toBe(303);
    const waiting = await staff.visits(`/admin/disputes/${id}`);
    expect(waiting.text).toContain("staff@example.com submitted this, but Stripe has not confirmed it yet.");
    expect(waiting.html).not.toContain("Submit to the bank");
    await alarmRings(bought);
    expect((await staff.visits(`/admin/disputes/${id}`)).text).toContain("This is what the bank has.");
    expect(await submissionsAtStripe(id)).toBe(1);
  });

  it("is refused, in words and in JSON, once the dispute is decided", async () => {
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

  it("does not happen on a GET request, such as the one after signing in again", async () => {
    const bought = await buysCredits(1000);
    const id = await disputedAndKnown(bought);
    const page = await staff.visits(`/admin/disputes/${id}/submit`);
    expect([page.status, page.location]).toEqual([303, `/admin/disputes/${id}`]);
    expect(await submissionsAtStripe(id)).toBe(0);
  });
});

describe("the list of disputes", () => {
  it("puts open disputes first, and gives the day each of the others was decided", async () => {
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
    expect((await staff.visits(`/admin/disputes/${decided}`)).text).toContain("Decided Date not known");
  });

  it("shows decided disputes twenty to a page, each once", async () => {
    const { accountId, orderId } = await buysCredits(1000);
    await env.DB.batch(
      Array.from({ length: 45 }, (_, index) =>
        env.DB.prepare(
          `INSERT INTO disputes (id, account_id, order_id, status, reason, amount_cents, withdrawn_cents,
             withdrawn_currency, opened_at, known_at, asked)
           VALUES (?1, ?2, ?3, 'warning_closed', 'general', 1, 0, 'usd', ?4, 1, 1)`,
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
    expect(nobody.text).toContain("There are no earlier disputes.");
  });
});
