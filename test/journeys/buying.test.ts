/** A customer's way through the product, in a real browser on what `npm start` serves. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  address,
  addressFrame,
  answerBank,
  atTheAccount,
  capturedCharges,
  openBrowser,
  pay,
  paysWith,
  PHONE,
  picture,
  press,
  typeAddress,
  typeCard,
  type Visitor,
} from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** Makes the page look as if it was opened when every credit cost half. */
async function showOldPrices(page: Page): Promise<void> {
  await page.locator("#buy").evaluate((form) => {
    const old = (form.getAttribute("data-prices") ?? "").replaceAll(
      /"unitPriceMicros":(\d+)/g,
      (_all, micros) => `"unitPriceMicros":${Number(micros) / 2}`,
    );
    form.setAttribute("data-prices", old);
    form.dispatchEvent(new Event("change"));
  });
}

async function shows(visitor: Visitor, text: string | RegExp): Promise<void> {
  await visitor.page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: 20_000 });
}

async function balanceOf({ page }: Visitor): Promise<string> {
  return (await page.locator("#balance").innerText()).replaceAll(/\s+/g, " ").trim();
}

describe("a customer", () => {
  it("signs in from the mailbox, types a card, pays, and has the credits", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await picture(page, "account-empty");

    await typeCard(page, "4242424242424242");
    await typeAddress(page);
    await picture(page, "card-typed");
    await pay(page);

    await shows(visitor, "1,000 credits added");
    expect(await balanceOf(visitor)).toContain("1,000");
    expect(await capturedCharges(visitor.email)).toBe(1);
    await picture(page, "account-paid");
    await page.reload();
    expect(await balanceOf(visitor)).toContain("1,000");
    expect(visitor.complaints).toEqual([]);
  });

  it("finds a receipt with a number", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await paysWith(page, "4242424242424242");
    await shows(visitor, "1,000 credits added");

    await page
      .getByRole("link", { name: /receipt/i })
      .first()
      .click();

    await picture(page, "receipt");
    const receipt = await page.locator("main").innerText();
    expect(receipt).toMatch(/Number\s+\d+/);
    expect(receipt).toContain("Ada Lovelace");
    expect(receipt).toContain("$10.00");
  });

  it("with a wrong postcode is refused at that field and not charged, and pays with a second attempt", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await paysWith(page, "4000000000000036");

    await shows(visitor, /postcode|ZIP/i);
    await shows(visitor, "You have not been charged");
    const postcode = addressFrame(page).locator("[name=postalCode]");
    await expect.poll(() => postcode.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await addressFrame(page).locator("[name=addressLine1]").inputValue()).toBe("1 Market St");
    expect(await capturedCharges(visitor.email)).toBe(0);
    await picture(page, "wrong-postcode");

    await typeCard(page, "4242424242424242");
    await postcode.fill("94105");
    await pay(page);
    await shows(visitor, "1,000 credits added");
    expect(await capturedCharges(visitor.email)).toBe(1);
  });

  it("is told why a card was declined, and does not have to type the address again", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await paysWith(page, "4000000000009995");

    await shows(visitor, "There is not enough money on this card");
    expect(await addressFrame(page).locator("[name=postalCode]").inputValue()).toBe("94105");
    expect(await capturedCharges(visitor.email)).toBe(0);
    await picture(page, "declined");
  });

  it("who passes the bank's challenge has the credits", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await paysWith(page, "4000002760003184");

    await answerBank(page, "Complete");
    await answerBank(page, "Complete");

    await shows(visitor, "1,000 credits added");
    expect(await capturedCharges(visitor.email)).toBe(1);
    expect(visitor.complaints).toEqual([]);
  });

  it("who fails the bank's challenge is not charged, and can try again", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await paysWith(page, "4000002760003184");

    await page.locator('iframe[title="Your bank’s page"]').waitFor();
    await picture(page, "challenge", "window");
    await answerBank(page, "Fail");

    await shows(visitor, "You have not been charged");
    await expect.poll(() => page.locator("#pay").isEnabled()).toBe(true);
    expect(await capturedCharges(visitor.email)).toBe(0);
    await picture(page, "challenge-failed");
  });

  it("pays again with the last card in one click", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await paysWith(page, "4242424242424242");
    await shows(visitor, "1,000 credits added");
    await page.reload();

    await page.getByRole("button", { name: /Pay \$10\.00 with Visa/ }).click();

    await expect.poll(() => balanceOf(visitor), { timeout: 20_000 }).toContain("2,000");
    expect(await capturedCharges(visitor.email)).toBe(2);
    await picture(page, "last-card");
  });

  it("who presses Enter in the quantity field pays nothing", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await typeCard(page, "4242424242424242");
    await typeAddress(page);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));

    await page.locator("#quantity").fill("2,500");
    await page.locator("#quantity").press("Enter");

    expect(await page.locator("#total-amount").innerText()).toBe("$25.00");
    await page.waitForTimeout(1000);
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual([]);
    expect(page.url()).toBe(`${address}/account`);
    await page.reload();
    await shows(visitor, "No orders yet");
    expect(await capturedCharges(visitor.email)).toBe(0);
  });

  it("who types 12.50 as a quantity is told at once that it must be whole", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;

    await page.locator("#quantity").pressSequentially("12.50");

    await shows(visitor, "Please enter a whole number of credits.");
    expect(await page.locator("#quantity").getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator("#total-amount").innerText()).toBe("$0.00");
    await picture(page, "quantity-wrong");
    await page.locator("#quantity").fill("1,250");
    expect(await page.locator("#quantity").getAttribute("aria-invalid")).toBe("false");
    expect(await page.locator("#total-amount").innerText()).toBe("$12.50");
  });

  it("whose page shows an old price is shown the new one, keeps what was typed, and pays the new price with a second click", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await page.locator("#quantity").fill("2,500");
    await typeCard(page, "4242424242424242");
    await typeAddress(page);
    await showOldPrices(page);

    await pay(page);

    await shows(
      visitor,
      "The price has changed to $25.00 since this page was opened. You have not been charged.",
    );
    expect(await page.locator("#total-amount").innerText()).toBe("$25.00");
    expect(await page.locator("#quantity").inputValue()).toBe("2,500");
    expect(await capturedCharges(visitor.email)).toBe(0);
    await picture(page, "price-changed");
    await page.getByRole("button", { name: "Pay $25.00" }).click();
    await shows(visitor, "2,500 credits added");
    expect(await capturedCharges(visitor.email)).toBe(1);
    expect(visitor.complaints).toEqual([]);
  });

  it("who double-clicks the button pays once", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await typeCard(page, "4242424242424242");
    await typeAddress(page);

    await page.locator("#pay").dblclick();

    await shows(visitor, "1,000 credits added");
    expect(await capturedCharges(visitor.email)).toBe(1);
  });

  it("who reloads in the middle of a purchase finds it finished, and pays once", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await typeCard(page, "4242424242424242");
    await typeAddress(page);
    await press("stripe/faults", { match: "POST /v1/payment_intents", kind: "slow", delay_ms: 3000 });
    // Start waiting before the click: on a slow machine, the request is sent before the click is reported.
    await Promise.all([page.waitForRequest(/\/orders$/), pay(page)]);

    await page.reload();

    await expect.poll(() => balanceOf(visitor), { timeout: 30_000 }).toContain("1,000");
    expect(await capturedCharges(visitor.email)).toBe(1);
  });

  it("is told that we have the order and keep checking it when Stripe cannot be reached at first, then has the credits and is charged once", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;
    await typeCard(page, "4242424242424242");
    await typeAddress(page);
    await press("stripe/faults", { match: "POST /v1/payment_intents", kind: "unreachable", times: 2 });

    await pay(page);

    await shows(visitor, "We have your order and keep checking it");
    await shows(visitor, "1,000 credits added");
    expect(await capturedCharges(visitor.email)).toBe(1);
  });

  it("does all this at phone width, in the dark, without scrolling sideways", async () => {
    const visitor = await atTheAccount(browser, { size: PHONE, dark: true });
    const { page } = visitor;
    await picture(page, "phone-dark");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);

    await paysWith(page, "4242424242424242");

    await shows(visitor, "1,000 credits added");
    await picture(page, "phone-dark-paid");
  });

  it("who has signed out sees nothing of the account with the back button", async () => {
    const visitor = await atTheAccount(browser);
    const { page } = visitor;

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("E-mail address").waitFor();
    await page.goBack();

    await page.getByLabel("E-mail address").waitFor();
    expect(page.url()).not.toBe(`${address}/account`);
  });
});
