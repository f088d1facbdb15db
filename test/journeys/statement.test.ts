/** What became of the money: the statement, an order's steps, refunds and disputes, in a real browser. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { faultsOf, unseenFocus } from "./accessibility.ts";
import {
  address,
  answerBank,
  askStripe,
  atTheAccount,
  capturedCharges,
  DESKTOP,
  openBrowser,
  paysWith,
  PHONE,
  picture,
  press,
  type Visitor,
} from "./browser.ts";
import { give, spend } from "./database.ts";

/** A wait that is long enough for a slow machine. */
const SOON = { timeout: 20_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

async function shows(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor(SOON);
}

/** A customer who has bought 1,000 credits, and Stripe's id of the payment. */
async function buyer(): Promise<{ visitor: Visitor; orderPath: string; payment: string }> {
  const visitor = await atTheAccount(browser);
  const { page } = visitor;
  await paysWith(page, "4242424242424242");
  await shows(page, "1,000 credits added");
  const orderPath = (await page.locator("#orders li a").first().getAttribute("href")) ?? "";
  const receipt = await page.request.get(`${address}${orderPath}/receipt`, {
    headers: { Accept: "application/json" },
  });
  const json = z.object({ receipt: z.object({ payment_intent_id: z.string() }) });
  return { visitor, orderPath, payment: json.parse(await receipt.json()).receipt.payment_intent_id };
}

async function balanceOf(page: Page): Promise<string> {
  return (await page.locator("#balance").innerText()).replaceAll(/\s+/g, " ").trim();
}

/** Reloads until the event about what happened at Stripe has arrived and moved the balance. */
async function comesTo(page: Page, balance: string): Promise<void> {
  await expect
    .poll(async () => {
      await page.reload();
      return balanceOf(page);
    }, SOON)
    .toContain(balance);
}

/** The steps of an order as the page shows them, each with its state. */
async function stepsOn(page: Page): Promise<string[]> {
  const steps = await page.locator("ol.trace li").allInnerTexts();
  return steps.map((step) => step.replaceAll(/\s+/g, " ").trim());
}

/** Looks at a page at every width, in light and dark: takes a picture of each, and returns what is wrong with any. */
async function lookAtAll({ context }: Visitor, path: string, name: string): Promise<string[]> {
  const faults: string[] = [];
  const page = await context.newPage();
  for (const size of [DESKTOP, PHONE]) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await page.goto(`${address}${path}`);
      // By then the card form, if there is one, has loaded.
      await page.waitForLoadState("networkidle");
      const where = `${name}-${size === PHONE ? "phone" : "desktop"}-${colorScheme}`;
      await picture(page, where);
      faults.push(...(await faultsOf(page)).map((fault) => `${where}: ${fault}`));
    }
  }
  // The narrowest width a page must support (WCAG 1.4.10), and whatever the Tab key reaches.
  await page.setViewportSize({ width: 320, height: 640 });
  faults.push(...(await faultsOf(page)).map((fault) => `${name} at 320 pixels: ${fault}`));
  faults.push(...(await unseenFocus(page)).map((fault) => `${name}: ${fault}`));
  await page.close();
  return faults;
}

describe("the statement", () => {
  it("of a new account and of one with billions of credits is accessible at every width, in light and dark", async () => {
    const visitor = await atTheAccount(browser);
    expect(await lookAtAll(visitor, "/account", "account-new")).toEqual([]);
    expect(await lookAtAll(visitor, "/account/statement", "statement-empty")).toEqual([]);

    await give(visitor.email, 1_000_000_000);
    await give(visitor.email, 9_000_000_000);
    expect(await lookAtAll(visitor, "/account", "account-billions")).toEqual([]);
    expect(await lookAtAll(visitor, "/account/statement", "statement-billions")).toEqual([]);
  });

  it("shows a purchase, its use, its refund as owed and the next purchase that settles it, and the file holds all of them", async () => {
    const { visitor, payment } = await buyer();
    const { page } = visitor;
    await spend(visitor.email, 800);
    await askStripe("refunds", { payment_intent: payment });
    await comesTo(page, "You owe 800");
    expect(await lookAtAll(visitor, "/account", "account-owed")).toEqual([]);

    await page.getByRole("button", { name: /Pay \$10\.00 with Visa/ }).click();
    await shows(page, "1,000 credits added. Your balance is 200 credits.");
    // Updated without a reload.
    await expect.poll(() => page.locator("#statement").innerText(), SOON).toContain("Settled what you owed");

    await page.getByRole("link", { name: "Open the statement" }).click();
    await shows(page, "With 800 of your new credits.");
    expect(await lookAtAll(visitor, "/account/statement", "statement")).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download as CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^statement-\d{4}-\d\d-\d\d\.csv$/);
    const file = readFileSync(await download.path(), "utf8")
      .trim()
      .split("\r\n");
    expect(file.map((line) => line.split(",")[2])).toEqual([
      "kind",
      "purchase",
      "spend",
      "refund",
      "purchase",
      "repayment",
    ]);
    expect(visitor.complaints).toEqual([]);
  });

  it("leaves the account page under 15 KB in all, compressed, without Stripe's script", async () => {
    const { visitor, payment } = await buyer();
    const { page } = visitor;
    await askStripe("refunds", { payment_intent: payment, amount: "300" });
    await comesTo(page, "700");
    for (const total of ["1,700", "2,700", "3,700", "4,700"]) {
      await page.reload();
      await page.getByRole("button", { name: /Pay \$10\.00 with Visa/ }).click();
      await shows(page, `Your balance is ${total} credits.`);
    }

    const sizes = await Promise.all(
      ["/account", "/account.js", "/style.css"].map(async (path) => {
        const response = await page.request.get(`${address}${path}`, { headers: { Accept: "text/html" } });
        return gzipSync(await response.body(), { level: 9 }).length;
      }),
    );

    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(15_000);
  });
});

describe("the “Where is it?” button", () => {
  afterEach(async () => {
    await press("stripe/webhooks", { delivery: "automatic" });
  });

  it("finishes an order from another tab after the bank's question, and its steps are still shown after a reload", async () => {
    const first = await atTheAccount(browser);
    await paysWith(first.page, "4000000000003220");
    await first.page.locator('iframe[title="Your bank’s page"]').waitFor();
    // Another tab, which knows nothing about what the first is doing.
    const page = await first.context.newPage();
    await page.goto(`${address}/account`);
    await page.locator("#orders li a").first().click();
    await page.waitForURL(/\/orders\/ord_/);
    expect(await stepsOn(page)).toHaveLength(6);
    expect(await lookAtAll(first, new URL(page.url()).pathname, "order-open")).toEqual([]);

    await page.getByRole("button", { name: "Where is it?" }).click();
    await answerBank(page, "Complete");

    await shows(page, "1,000 credits added. Your balance is 1,000 credits.");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("done");
    await expect
      .poll(() => stepsOn(page), SOON)
      .toContainEqual(expect.stringMatching(/^Credits added Done, /));
    await picture(page, "order-found");
    await page.reload();
    expect((await stepsOn(page)).filter((step) => step.includes("Done"))).not.toHaveLength(0);
    expect(await page.getByRole("button", { name: "Where is it?" }).count()).toBe(0);
    expect(await capturedCharges(first.email)).toBe(1);
  });

  it("keeps looking while Stripe is unreachable, one request at a time, shows what it has found, and is not read aloud at every look", async () => {
    const first = await atTheAccount(browser);
    // Otherwise the webhook would have finished the order before the customer asked where it is.
    await press("stripe/webhooks", { delivery: "never" });
    await press("stripe/faults", { match: "POST /v1/payment_intents", kind: "lose_answer", times: 2 });
    await paysWith(first.page, "4242424242424242");
    await expect.poll(() => capturedCharges(first.email), SOON).toBe(1);
    await first.page.goto("about:blank");
    const page = await first.context.newPage();
    await page.goto(`${address}/account`);
    await press("stripe/faults", { match: "GET /v1/payment_intents", kind: "unreachable", times: 6 });
    const asked: string[] = [];
    page.on("request", (request) => request.url().endsWith("/settle") && asked.push(request.url()));
    const button = page.getByRole("button", { name: "Where is it?" });

    await button.dblclick();
    await shows(page, "We have your order and keep checking it");
    await button.click({ force: true });

    expect(await stepsOn(page)).toContainEqual(expect.stringMatching(/^Card verified Done, /));
    expect(await stepsOn(page)).toContain("Card charged Not yet");
    expect(await page.evaluate(() => document.activeElement?.textContent.trim())).toBe("Where is it?");
    expect(await faultsOf(page)).toEqual([]);
    await picture(page, "account-looking");
    const heard = await changesOf(page, "output .spoken");
    await shows(page, "1,000 credits added");
    expect(await heard()).toBe(0);
    expect(await balanceOf(page)).toContain("1,000");
    expect(asked.length).toBeLessThan(6);
    expect(await capturedCharges(first.email)).toBe(1);
  });

  it("tells a customer who was signed out meanwhile, and goes on once they are signed in again", async () => {
    const first = await atTheAccount(browser);
    await paysWith(first.page, "4000000000003220");
    await first.page.locator('iframe[title="Your bank’s page"]').waitFor();
    const page = await first.context.newPage();
    await page.goto(`${address}/account`);
    const cookies = await first.context.cookies();
    await first.context.clearCookies();

    await page.getByRole("button", { name: "Where is it?" }).click();

    await shows(page, "You are no longer signed in.");
    expect(await page.getByRole("link", { name: "Sign in in a new tab" }).getAttribute("target")).toBe(
      "_blank",
    );
    await first.context.addCookies(cookies);
    await page.getByRole("button", { name: "Where is it?" }).click();
    await answerBank(page, "Complete");
    await shows(page, "1,000 credits added");
  });

  it("works without a script", async () => {
    const first = await atTheAccount(browser);
    await paysWith(first.page, "4000000000003220");
    await first.page.locator('iframe[title="Your bank’s page"]').waitFor();
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: PHONE });
    await context.addCookies(await first.context.cookies());
    const page = await context.newPage();
    await page.goto(`${address}/account`);

    await page.getByRole("button", { name: "Where is it?" }).click();

    await page.waitForURL(/\/orders\/ord_/);
    expect(await stepsOn(page)).toContain("Card charged Not yet");
    await context.close();
  });
});

describe("the page of an order that was", () => {
  it("partly refunded and then disputed says so, as do the account page and the statement, all accessible", async () => {
    const { visitor, orderPath, payment } = await buyer();
    const { page } = visitor;
    await askStripe("refunds", { payment_intent: payment, amount: "300" });
    await expect
      .poll(() => textOf(page, orderPath), SOON)
      .toContain("$3.00 was refunded, and its 300 credits left your balance.");
    expect(await lookAtAll(visitor, orderPath, "order-refunded")).toEqual([]);

    await press("stripe/disputes", { payment_intent: payment, amount: 700 });
    await expect
      .poll(() => textOf(page, orderPath), SOON)
      .toContain(
        "This payment is disputed with your bank, so 700 credits are out of your balance for now. Another 300 credits left your balance for money already returned.",
      );
    expect(await lookAtAll(visitor, orderPath, "order-disputed")).toEqual([]);
    expect(await lookAtAll(visitor, "/account", "account-disputed")).toEqual([]);
    expect(await textOf(page, "/account/statement")).toMatch(/Dispute opened .* −700 0 Refund .* −300 700/);
  });

  it("partly refunded and then returned by the bank keeps within its frame, and its receipt says what remains paid", async () => {
    const { visitor, orderPath, payment } = await buyer();
    const { page } = visitor;
    await askStripe("refunds", { payment_intent: payment, amount: "300" });
    await press("stripe/disputes", { payment_intent: payment, amount: 700 });
    const listed = z.object({ data: z.array(z.object({ id: z.string() })) });
    const { data } = listed.parse(await askStripe(`disputes?payment_intent=${payment}`));
    await press("stripe/disputes/move", { id: data[0]?.id, status: "lost" });
    await expect
      .poll(() => textOf(page, orderPath), SOON)
      .toContain("$3.00 was refunded, $7.00 was returned by your bank, and their 1,000 credits left");

    expect(await lookAtAll(visitor, orderPath, "order-returned")).toEqual([]);
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      expect(
        await page.evaluate(() => {
          const card = document.querySelector("#order");
          const padding = card === null ? 0 : Number.parseFloat(getComputedStyle(card).paddingRight);
          const edge = (card?.getBoundingClientRect().right ?? 0) - padding;
          return [...document.querySelectorAll(".happenings li, .happenings li *")].filter(
            (box) => box.getBoundingClientRect().right > edge + 0.5,
          ).length;
        }),
      ).toBe(0);
    }
    expect(await textOf(page, `${orderPath}/receipt`)).toMatch(/Net paid \(USD\) \$0\.00/);
    expect(await lookAtAll(visitor, `${orderPath}/receipt`, "receipt-returned")).toEqual([]);
  });

  it.each([
    ["refused by a card check", "4000000000000036", "Address and security code checked", "order-refused"],
    ["declined by the bank", "4000000000000341", "Payment approved by your bank", "order-declined"],
  ])("%s shows which step failed, and is accessible", async (_how, card, step, name) => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await paysWith(page, card);
    await shows(page, "You have not been charged");
    const ended = (await page.locator("#orders li a").first().getAttribute("href")) ?? "";
    await page.goto(`${address}${ended}`);
    const failed = (await stepsOn(page)).filter((one) => one.includes("Failed"));
    expect(failed).toEqual([expect.stringContaining(`${step} Failed`)]);
    expect(await stepsOn(page)).toContain("Card charged Did not happen");
    expect(await lookAtAll(visitor, ended, name)).toEqual([]);
  });
});

describe("an account page left open", () => {
  it("is up to date after the back button that follows a purchase", async () => {
    const { visitor } = await buyer();
    const { page } = visitor;
    await page
      .getByRole("link", { name: /receipt/i })
      .first()
      .click();
    await page.waitForURL(/receipt$/);

    await page.goBack();

    await page.waitForURL(`${address}/account`);
    expect(await balanceOf(page)).toContain("1,000");
    expect(await page.locator("#statement").innerText()).toContain("Bought by card");
    expect(await page.locator("#pay").isEnabled()).toBe(true);
  });

  it("in a second tab shows the new balance when it comes back into view, and keeps the quantity typed in it", async () => {
    const visitor = await atTheAccount(browser);
    const other = await visitor.context.newPage();
    await other.goto(`${address}/account`);
    await other.locator("#quantity").fill("2,500");
    await paysWith(visitor.page, "4242424242424242");
    await shows(visitor.page, "1,000 credits added");
    expect(await balanceOf(other)).toContain("Balance 0");

    await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

    await expect.poll(() => balanceOf(other), SOON).toContain("1,000");
    expect(await other.locator("#statement").innerText()).toContain("Bought by card");
    expect(await other.locator("#quantity").inputValue()).toBe("2,500");
    expect(await other.locator("#total-amount").innerText()).toBe("$25.00");
  });

  it("shows another customer's account when it comes back into view after that customer signed in", async () => {
    const { visitor } = await buyer();
    const stranger = await atTheAccount(browser);
    await visitor.context.clearCookies();
    await visitor.context.addCookies(await stranger.context.cookies());

    await visitor.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

    await shows(visitor.page, stranger.email);
    expect(await balanceOf(visitor.page)).toContain("Balance 0");
    expect(await visitor.page.locator("#orders").innerText()).toContain("No orders yet");
  });
});

/** Counts how often a part of the page changes from now on; the function returned tells the count. */
async function changesOf(page: Page, selector: string): Promise<() => Promise<number>> {
  const watched = await page
    .locator(selector)
    .first()
    .evaluateHandle((element) => {
      const seen = { changes: 0 };
      new MutationObserver((changes) => {
        seen.changes += changes.length;
      }).observe(element, { childList: true, characterData: true, subtree: true });
      return seen;
    });
  return () => watched.evaluate(({ changes }) => changes);
}

async function textOf(page: Page, path: string): Promise<string> {
  await page.goto(`${address}${path}`);
  return (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");
}
