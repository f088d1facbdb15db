/** A browser and what a customer does in it: reads e-mail, types a card, answers the bank, pays. */
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { type Browser, type BrowserContext, chromium, type FrameLocator, type Page } from "playwright-core";
import { inject } from "vitest";
import * as z from "zod";

/** Debian's Chromium, or the one named by CHROMIUM. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const PICTURES = path.resolve(import.meta.dirname, "../../.built/pictures");

export const address = inject("address");

/** Starts Chromium without any feature that would look for a network. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`There is no Chromium at ${CHROMIUM}; set CHROMIUM to where it is`);
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };

/** A customer at a browser window; every script error and blocked request is recorded in `complaints`. */
export async function newVisitor(
  browser: Browser,
  options: { size?: typeof DESKTOP; dark?: boolean } = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: options.size ?? DESKTOP,
    colorScheme: options.dark === true ? "dark" : "light",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A refused card is answered with 402, which the browser reports on its own.
    if (message.type() === "error" && !message.text().includes("Failed to load resource")) {
      complaints.push(message.text());
    }
  });
  return { context, page, complaints, email: `${crypto.randomUUID().slice(0, 8)}@example.com` };
}

export type Visitor = { context: BrowserContext; page: Page; complaints: string[]; email: string };

/** Asks for a link, opens it in the mailbox, and continues to the account. */
export async function signIn({ page, email }: Visitor): Promise<void> {
  await page.goto(address);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await page.goto(`${address}/stand-in/mailbox`);
  await page
    .getByRole("link", { name: email })
    .or(page.locator("a", { hasText: email }))
    .first()
    .click();
  const mail = page.frameLocator("iframe");
  await mail.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("button", { name: `Continue as ${email}` }).click();
  await page.waitForURL(`${address}/account`);
}

/** The card form's frame. */
function cardFrame(page: Page): FrameLocator {
  return page.frameLocator('iframe[title="Secure payment input frame"]');
}

/** The billing address's frame. */
export function addressFrame(page: Page): FrameLocator {
  return page.frameLocator('iframe[title="Secure address input frame"]');
}

/** Types a card into Stripe's fields. */
export async function typeCard(page: Page, number: string): Promise<void> {
  const frame = cardFrame(page);
  await frame.locator("[name=number]").fill(number);
  await frame.locator("[name=expiry]").fill("12 / 34");
  await frame.locator("[name=cvc]").fill("123");
}

/** Types the billing address. */
export async function typeAddress(page: Page): Promise<void> {
  const frame = addressFrame(page);
  await frame.locator("[name=name]").fill("Ada Lovelace");
  await frame.locator("[name=addressLine1]").fill("1 Market St");
  await frame.locator("[name=locality]").fill("San Francisco");
  await frame.locator("select[name=administrativeArea]").selectOption("CA");
  await frame.locator("[name=postalCode]").fill("94105");
  await frame.locator("[name=phone]").fill("+1 415 555 0100");
}

/** Presses the button that pays. */
export async function pay(page: Page): Promise<void> {
  await page.locator("#pay").click();
}

/** A customer who has signed in and is looking at their account. */
export async function atTheAccount(
  browser: Browser,
  options: Parameters<typeof newVisitor>[1] = {},
): Promise<Visitor> {
  const visitor = await newVisitor(browser, options);
  await signIn(visitor);
  return visitor;
}

/** Fills in the whole form and presses the button. */
export async function paysWith(page: Page, card: string): Promise<void> {
  await typeCard(page, card);
  await typeAddress(page);
  await pay(page);
}

/** Answers the bank's challenge in its frame. */
export async function answerBank(page: Page, answer: "Complete" | "Fail"): Promise<void> {
  const bank = page.frameLocator('iframe[title="Your bank’s page"]');
  await bank.getByRole("button", { name: `${answer} authentication` }).click();
}

/** How many of a customer's charges at the stand-in were captured. */
export async function capturedCharges(email: string): Promise<number> {
  const list = z.object({ data: z.array(z.object({ id: z.string() })) });
  const customers = list.parse(await askStripe(`customers?email=${encodeURIComponent(email)}`));
  const charge = z.object({ data: z.array(z.object({ captured: z.boolean() })) });
  let captured = 0;
  for (const { id } of customers.data) {
    const charges = charge.parse(await askStripe(`charges?customer=${id}`));
    captured += charges.data.filter((one) => one.captured).length;
  }
  return captured;
}

/** Calls the stand-in's Stripe API: reads, or posts a form if one is given. */
export async function askStripe(what: string, form?: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${address}/stand-in/stripe/v1/${what}`, {
    headers: { Authorization: "Bearer sk_test_standin" },
    ...(form !== undefined && { method: "POST", body: new URLSearchParams(form) }),
  });
  return response.json();
}

/** Sets one of the stand-in's switches. */
export async function press(switchPath: string, settings: object): Promise<void> {
  const response = await fetch(`${address}/stand-in/${switchPath}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(settings),
  });
  if (!response.ok) {
    throw new Error(`${switchPath}: ${await response.text()}`);
  }
}

/** Takes a picture for people to look at, of the whole page or only of what the window shows. */
export async function picture(page: Page, name: string, of: "page" | "window" = "page"): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: of === "page" });
}
