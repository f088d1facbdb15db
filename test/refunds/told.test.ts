/** What the customer is told of refunds and disputes: on the pages, as JSON, and by e-mail, each e-mail once however often its event arrives. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { advance, stripe } from "../stand-in/stripe/support.ts";
import { rows } from "../support/books.ts";
import { delivers } from "../support/stripe.ts";
import {
  alarmRings,
  balanceOf,
  type Bought,
  buysCredits,
  customerUnder,
  disputed,
  everythingArrives,
  mailsTo,
  moves,
  spends,
  staffRefunds,
} from "./support.ts";

async function page({ customer }: Bought, path: string): Promise<string> {
  const response = await customer.request(path, { headers: { Accept: "text/html" } });
  return (await response.text()).replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
}

function orderPage(bought: Bought): Promise<string> {
  return page(bought, `/orders/${bought.orderId}`);
}

describe("a refund", () => {
  it("of part of an order is e-mailed once, and shown on the account page and the order's page", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 400);
    await everythingArrives(bought, { times: 3 });

    const mails = await mailsTo(bought);
    expect(mails.map(({ subject }) => subject)).toEqual(["Example API refunded $4.00"]);
    expect(mails[0]?.text).toContain("400 credits from that order left your balance with it.");
    expect(mails[0]?.text).toContain("Your balance is 600 credits.");
    expect(await page(bought, "/account")).toContain("Partly refunded");
    expect(await orderPage(bought)).toContain("$4.00 was refunded, and its 400 credits left your balance.");
    expect(await orderPage(bought)).toContain("$4.00 was refunded to your card.");
  });

  it("of a whole order says that all of its money and credits went back", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought);
    expect(await orderPage(bought)).toContain(
      "$10.00 was refunded, and its 1,000 credits left your balance.",
    );
    expect(await orderPage(bought)).not.toContain("The credits are in your balance.");
  });

  it("of spent credits shows what is owed, on the page and in the e-mail", async () => {
    const bought = await buysCredits(1000);
    await spends(bought, 1000);
    await staffRefunds(bought);
    expect(await page(bought, "/account")).toContain("You owe 1,000 credits");
    const [mail] = await mailsTo(bought);
    expect(mail?.text).toContain("you owe 1,000 credits, which your next purchase settles first");
  });

  it("that is pending and then fails is reported both times", async () => {
    const bought = await buysCredits(1000, { card: "4000000000005126" });
    await stripe.refunds.create({ payment_intent: bought.paymentIntent });
    await everythingArrives(bought);
    await advance({ seconds: 10 });
    await everythingArrives(bought, { times: 2 });
    expect((await mailsTo(bought)).map(({ subject }) => subject)).toEqual([
      "Example API refunded $10.00",
      "Your refund of $10.00 did not arrive",
    ]);
    expect(await orderPage(bought)).toContain("Your bank did not accept the refund of $10.00.");
    expect(await orderPage(bought)).toContain("The credits are in your balance.");
  });

  it("is reported as on its way while it is pending, not as done", async () => {
    const bought = await buysCredits(1000, { card: "4000000000007726" });
    await staffRefunds(bought, 500);
    await everythingArrives(bought);
    const onItsWay = "$5.00 is on its way back, and its 500 credits left your balance.";
    expect(await orderPage(bought)).toContain(onItsWay);
    expect(await orderPage(bought)).toContain("Refund pending");
    expect(await page(bought, "/account")).toContain(onItsWay);
    expect(await page(bought, "/account")).not.toContain("Partly refunded");
    expect(await page(bought, `/orders/${bought.orderId}/receipt`)).toContain("Refund on its way");
  });

  it("is on the receipt with what remains, while the receipt's number and total stay", async () => {
    const bought = await buysCredits(1000);
    const before = await page(bought, `/orders/${bought.orderId}/receipt`);
    expect(before).not.toContain("Net paid");
    await staffRefunds(bought, 400);
    await moves(await disputed(bought, { amount: 100 }), "lost");
    await everythingArrives(bought);

    const text = await page(bought, `/orders/${bought.orderId}/receipt`);
    const today = "\\d{1,2} \\w+ \\d{4}";
    expect(text).toMatch(
      new RegExp(
        `Total paid \\(USD\\) \\$10.00 Refunded ${today} − \\$4.00 Returned by the bank after a dispute ${today} − \\$1.00 Net paid \\(USD\\) \\$5.00`,
        "u",
      ),
    );
    const number = /Number \d+/.exec(before)?.[0] ?? "no number";
    expect(text).toContain(number);
    const response = await bought.customer.request(`/orders/${bought.orderId}/receipt`);
    expect(await response.json()).toMatchObject({
      receipt: {
        amount_cents: 1000,
        returns: [
          { kind: "refund", amount_cents: 400 },
          { kind: "dispute_lost", amount_cents: 100 },
        ],
        remaining_cents: 500,
      },
    });
    expect(await orderPage(bought)).toContain(
      "$4.00 was refunded, $1.00 was returned by your bank, and their 500 credits left your balance.",
    );
  });

  it("is in the order's JSON", async () => {
    const bought = await buysCredits(1000);
    await staffRefunds(bought, 400);
    await disputed(bought, { inquiry: true, amount: 100 });
    await everythingArrives(bought);
    const response = await bought.customer.request(`/orders/${bought.orderId}`);
    expect(await response.json()).toMatchObject({
      order: { id: bought.orderId },
      refunds: [{ state: "succeeded", amount_cents: 400 }],
      disputes: [{ stage: "inquiry", amount_cents: 100 }],
    });
  });
});

describe("a dispute", () => {
  it("that is opened and won is reported in two e-mails, and on the pages throughout", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    await everythingArrives(bought, { times: 2 });
    expect(await page(bought, "/account")).toContain("A payment is disputed with your bank.");
    expect(await page(bought, "/account")).toContain("You cannot buy credits while a payment is disputed");
    expect(await orderPage(bought)).toContain("Dispute open");

    await moves(id, "won");
    await everythingArrives(bought, { times: 2 });
    expect((await mailsTo(bought)).map(({ subject }) => subject)).toEqual([
      "A payment of $10.00 was disputed with your bank",
      "The dispute over $10.00 has been decided",
    ]);
    expect(await page(bought, "/account")).not.toContain("A payment is disputed with your bank.");
    expect(await orderPage(bought)).toContain(
      "your bank upheld the payment. 1,000 credits are back in your balance.",
    );
  });

  it("that is won, appealed and then lost is reported in an e-mail at each turn, and the last one is true", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought);
    for (const status of ["needs_response", "won", "appeal_under_review", "lost"]) {
      await moves(id, status);
      await everythingArrives(bought, { times: 2 });
    }
    const mails = await mailsTo(bought);
    expect(mails.map(({ subject }) => subject)).toEqual([
      "A payment of $10.00 was disputed with your bank",
      "The dispute over $10.00 has been decided",
      "The dispute over $10.00 continues",
      "The dispute over $10.00 has been decided",
    ]);
    expect(mails[1]?.text).toContain("We returned 1,000 credits from that order to your balance.");
    expect(mails[3]?.text).toContain("It returned the money to you");
  });

  it("that is lost says that the bank gave the money back", async () => {
    const bought = await buysCredits(1000);
    await moves(await disputed(bought), "lost");
    await everythingArrives(bought);
    expect((await mailsTo(bought)).map(({ subject }) => subject)).toEqual([
      "The dispute over $10.00 has been decided",
    ]);
    expect(await page(bought, "/account")).toContain("Returned by the bank");
    expect(await orderPage(bought)).toContain("your bank returned the money to you. 1,000 credits left");
  });

  it("that is only an inquiry is shown on the order, and not e-mailed", async () => {
    const bought = await buysCredits(1000);
    const id = await disputed(bought, { inquiry: true });
    await everythingArrives(bought);
    expect(await orderPage(bought)).toContain(
      "Your bank asked us about $10.00 of this payment. Nothing was taken.",
    );
    await moves(id, "warning_closed");
    await everythingArrives(bought);
    expect(await orderPage(bought)).toContain("and its inquiry is closed. Nothing was taken.");
    expect(await mailsTo(bought)).toEqual([]);
  });
});

describe("an e-mail that was sent", () => {
  it("is not sent again when D1 records that and then fails to answer", async () => {
    const bought = await buysCredits(1000, { by: await customerUnder({ DB: losesAnswerTo("SET sent_at") }) });
    await staffRefunds(bought, 100);
    await alarmRings(bought);
    await alarmRings(bought);
    expect(await mailsTo(bought)).toHaveLength(1);
  });
});

/** A D1 that runs a statement with these words, and then fails once instead of answering. */
function losesAnswerTo(words: string): D1Database {
  let isSpent = false;
  return new Proxy(env.DB, {
    get(db, name) {
      if (name !== "prepare") {
        const value: unknown = Reflect.get(db, name);
        return typeof value === "function" ? value.bind(db) : value;
      }
      return (sql: string) => {
        const statement = db.prepare(sql);
        if (isSpent || !sql.includes(words)) {
          return statement;
        }
        return {
          bind: (...values: unknown[]) => ({
            run: async () => {
              await statement.bind(...values).run();
              isSpent = true;
              throw new Error("D1_ERROR: Network connection lost.");
            },
          }),
        };
      };
    },
  });
}

describe("an e-mail that cannot be sent", () => {
  it("makes nothing fail, and is sent once by the alarm later", async () => {
    let isAway = true;
    const send = (mail: EmailMessageBuilder) =>
      isAway ? Promise.reject(new Error("The mail is away")) : env.EMAIL.send(mail);
    const bought = await buysCredits(1000, { by: await customerUnder({ EMAIL: { send } }) });

    expect(await staffRefunds(bought, 100)).toMatchObject({ ok: true, refund: { state: "succeeded" } });
    await alarmRings(bought);
    expect(await balanceOf(bought)).toBe(900);
    expect(await mailsTo(bought)).toEqual([]);
    isAway = false;
    await alarmRings(bought);
    await alarmRings(bought);

    expect(await mailsTo(bought)).toHaveLength(1);
  });

  it("because D1 cannot be written makes nothing fail either", async () => {
    const bought = await buysCredits(1000);
    await env.DB.exec(
      "CREATE TRIGGER mail_is_away BEFORE UPDATE OF claimed_at ON mails WHEN NEW.claimed_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'away'); END;",
    );
    await stripe.refunds.create({ payment_intent: bought.paymentIntent, amount: 100 });
    const statuses = await delivers({ type: "refund.created", payment_intent: bought.paymentIntent });
    await env.DB.exec("DROP TRIGGER mail_is_away;");
    expect(statuses).toEqual([200]);

    await alarmRings(bought);

    expect(await mailsTo(bought)).toHaveLength(1);
    const due = await rows(
      "SELECT kind FROM mails WHERE account_id = ?1 AND sent_at IS NULL",
      bought.accountId,
    );
    expect(due).toEqual([]);
  });
});
