/** Trying the product out with the stand-in's pages: picking a card instead of typing it, and disputing a payment. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faultsOf } from "./accessibility.ts";
import { address, addressFrame, newVisitor, openBrowser, pay, PHONE, picture, signIn } from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** Picks a card from the menu in the card form, by the last digits shown there. */
async function pickCard(page: Page, lastDigits: string): Promise<void> {
  const frame = page.frameLocator('iframe[title="Secure payment input frame"]');
  await frame.getByRole("button", { name: "Test cards" }).click();
  await frame.locator("#test-cards button", { hasText: `·· ${lastDigits}` }).click();
}

/** The values in the address form, in the order of its fields. */
function addressIn(page: Page): Promise<string[]> {
  return addressFrame(page)
    .locator("[data-field]:not([hidden]) :is(input, select)")
    .evaluateAll((fields) =>
      fields.map((field) =>
        field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : "",
      ),
    );
}

const american = ["Ada Lovelace", "US", "1 Market St", "", "San Francisco", "CA", "94105", "+1 201 555 0123"];

describe("someone trying the product out", () => {
  it("buys with a Diners card picked from the menu, and types nothing", async () => {
    const visitor = await newVisitor(browser);
    const { page } = visitor;
    await signIn(visitor);

    await pickCard(page, "0004");
    await expect.poll(() => addressIn(page)).toEqual(american);
    await pay(page);

    await page.getByText("1,000 credits added").first().waitFor({ timeout: 20_000 });
    expect(visitor.complaints).toEqual([]);
  });

  it("gets the address of a picked card's country, unless an address was typed", async () => {
    const visitor = await newVisitor(browser);
    const { page } = visitor;
    await signIn(visitor);
    await pickCard(page, "4242");
    await expect.poll(() => addressIn(page)).toEqual(american);

    await pickCard(page, "3184");
    await expect.poll(() => addressFrame(page).locator("[name=country]").inputValue()).toBe("DE");
    expect(await addressFrame(page).locator("[name=postalCode]").inputValue()).toBe("11011");

    await addressFrame(page).locator("[name=addressLine1]").fill("Hauptstraße 5");
    await pickCard(page, "4242");
    await expect.poll(() => addressFrame(page).locator("[name=country]").inputValue()).toBe("DE");
    expect(await addressFrame(page).locator("[name=addressLine1]").inputValue()).toBe("Hauptstraße 5");
    expect(visitor.complaints).toEqual([]);
  });

  it.each([false, true])("disputes a payment and wins, on a phone (dark: %s)", async (dark) => {
    const visitor = await newVisitor(browser, { size: PHONE, dark });
    const { page, email } = visitor;
    await signIn(visitor);
    await pickCard(page, "4242");
    await expect.poll(() => addressIn(page)).toEqual(american);
    await pay(page);
    await page.getByText("1,000 credits added").first().waitFor({ timeout: 20_000 });

    await page.goto(`${address}/stand-in/payments`);
    const payment = page.locator("[data-payment]", { hasText: email });
    await payment.locator("summary").click();
    await payment.getByRole("button", { name: "Open" }).click();
    await payment.getByText("Dispute over $10.00, fraudulent: needs response").waitFor();
    await picture(page, dark ? "stand-in-payments-dark" : "stand-in-payments");
    expect(await faultsOf(page)).toEqual([]);
    await payment.getByRole("button", { name: "Win" }).click();

    await payment.getByText("Dispute over $10.00, fraudulent: won").waitFor();
    expect(await payment.locator("output").first().innerText()).toBe("Done.");
    expect(visitor.complaints).toEqual([]);
  });
});
