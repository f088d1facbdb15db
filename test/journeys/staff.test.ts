/** A working day for staff, in a real browser: they sign in, look at the books, refund an order, answer a dispute. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { faultsOf } from "./accessibility.ts";
import {
  address,
  newVisitor,
  openBrowser,
  pay,
  PHONE,
  picture,
  press,
  signIn,
  typeAddress,
  typeCard,
} from "./browser.ts";
import { runSql, spend } from "./database.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

type Bought = { email: string; orderId: string; paymentIntent: string };

/** A customer who bought 1,000 credits. */
async function customerBuys(): Promise<Bought> {
  const visitor = await newVisitor(browser);
  const { page, email } = visitor;
  await signIn(visitor);
  await typeCard(page, "4242424242424242");
  await typeAddress(page);
  await pay(page);
  await page.getByText("1,000 credits added").filter({ visible: true }).first().waitFor({ timeout: 20_000 });
  await visitor.context.close();
  const found = await fetch(`${address}/admin/find`, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      Cookie: "stand_in_staff=staff@example.com",
    },
    body: JSON.stringify({ q: email }),
  });
  const order = z.object({ id: z.string(), payment_intent_id: z.string() });
  const [newest] = z.object({ orders: z.array(order) }).parse(await found.json()).orders;
  return { email, orderId: newest?.id ?? "", paymentIntent: newest?.payment_intent_id ?? "" };
}

type Staff = { context: BrowserContext; page: Page; complaints: string[] };

/** A member of staff who has signed in. */
async function staffAtWork(options: Parameters<typeof newVisitor>[1] = {}): Promise<Staff> {
  const { context, page, complaints } = await newVisitor(browser, options);
  await page.goto(`${address}/stand-in/staff`);
  await page.getByRole("button", { name: "Sign in as staff" }).click();
  await page.waitForURL(`${address}/admin`);
  return { context, page, complaints };
}

/** Finds a customer by e-mail address, and opens their newest order. */
async function findsOrderOf(page: Page, email: string): Promise<void> {
  await page.goto(`${address}/admin`);
  await page.getByLabel("Find an order or account").fill(email);
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("heading", { name: email }).waitFor();
  await pictures(page, "found");
  await page.locator("ul.orders a").first().click();
  await page.locator("#refund").waitFor();
}

/** Reloads until an event has arrived and what it brings is shown. */
async function knows(page: Page, selector: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.reload();
        return page.locator(selector).count();
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBeGreaterThan(0);
}

/** The names of the tables that the window cuts off. */
function cutTables(page: Page): Promise<(string | null)[]> {
  return page
    .locator(".scrolling")
    .evaluateAll((tables) =>
      tables
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map((table) => table.getAttribute("aria-label")),
    );
}

/** Takes pictures of the page on a desktop and a phone, in light and dark, and checks its accessibility in each. */
async function pictures(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  await page.waitForLoadState("load");
  for (const dark of [false, true]) {
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
    for (const [where, size] of [
      ["desk", { width: 1280, height: 900 }],
      ["phone", PHONE],
    ] as const) {
      await page.setViewportSize(size);
      expect(await faultsOf(page), `${name} on a ${where}`).toEqual([]);
      expect(await cutTables(page), `${name} on a ${where}`).toEqual([]);
      await picture(page, `staff-${name}-${where}-${dark ? "dark" : "light"}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (before !== null) {
    await page.setViewportSize(before);
  }
}

describe("staff", () => {
  it("find an order, see what a partial refund would do, confirm it, and see it on the order's page", async () => {
    const { email, orderId } = await customerBuys();
    const { page, complaints } = await staffAtWork();
    await pictures(page, "overview-quiet");
    await findsOrderOf(page, email);
    await pictures(page, "order");

    await page.getByLabel("Amount in USD").fill("12,50");
    await page.getByRole("button", { name: "Review the refund" }).click();
    await page.getByText("without commas").waitFor();
    await pictures(page, "amount-refused");
    await page.getByLabel("Amount in USD").fill("2.50");
    await page.getByLabel("Reason, sent to Stripe").selectOption("duplicate");
    await page.getByRole("button", { name: "Review the refund" }).click();

    await page.getByRole("heading", { name: "Refund $2.50?" }).waitFor();
    const told = await page.locator("main").innerText();
    expect(told).toMatch(/Credits to take back\s+250 credits/);
    expect(told).toMatch(/Balance afterwards\s+750 credits/);
    expect(told).toContain("Stripe does not return");
    await page.getByLabel("Note, for staff only").fill("Rang us; <b>paid</b> twice by mistake");
    await pictures(page, "quote");
    await page.getByRole("button", { name: "Refund $2.50" }).click();

    await page.waitForURL(new RegExp(`/admin/orders/${orderId}`));
    const back = await page.locator("#went-back").innerText();
    expect(back).toContain("$2.50");
    expect(back).toContain("staff@example.com: paid twice");
    expect(back).toContain("<b>paid</b>");
    await pictures(page, "refunded");

    await page.goBack();
    await page.getByRole("heading", { name: "Refund $2.50?" }).waitFor();
    expect(await page.locator("main").innerText()).toMatch(/Left to refund afterwards\s+\$5\.00/);

    await page.goto(`${address}/admin`);
    await page.getByLabel("Find an order or account").fill("nobody@example.com");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    await pictures(page, "nothing-found");
    await page.getByLabel("Find an order or account").fill(orderId);
    await page.getByRole("button", { name: "Find" }).click();
    await page.locator("#refund").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("are told, before and after they confirm, that refunding used credits leaves the customer owing", async () => {
    const { email, orderId } = await customerBuys();
    await spend(email, 900);
    const { page, complaints } = await staffAtWork();
    await page.goto(`${address}/admin/orders/${orderId}`);
    await page.getByRole("button", { name: "Review the refund" }).click();

    await page.getByText("This leaves the balance at −900: the customer owes 900 credits.").waitFor();
    await pictures(page, "quote-owed");
    await page.getByRole("button", { name: "Refund $10.00" }).click();
    await page.getByText("Owes 900 credits").waitFor();
    await pictures(page, "owed");
    await page.getByRole("link", { name: email }).click();
    await page.getByText("Owes 900 credits.").waitFor();
    expect(complaints).toEqual([]);
  });

  it("see a fraud warning and a dispute on the overview, read the evidence, and submit it once", async () => {
    const { email, paymentIntent } = await customerBuys();
    const { page, complaints } = await staffAtWork();
    // Other journeys have disputes, too.
    const dispute = `#disputes li:has-text("${email}") a[href^="/admin/disputes/"]`;
    await press("stripe/early_fraud_warnings", { payment_intent: paymentIntent });
    await press("stripe/disputes", { payment_intent: paymentIntent, reason: "fraudulent" });
    await knows(page, dispute);
    await knows(page, `#warnings li:has-text("${email}") a[href^="/admin/orders/"]`);
    await pictures(page, "overview");

    await page.locator(dispute).click();
    await page.getByRole("heading", { name: "Dispute: fraudulent" }).waitFor();
    expect(await page.getByRole("region", { name: "The purchase", exact: true }).innerText()).toContain(
      paymentIntent,
    );
    await pictures(page, "dispute");
    await page.getByLabel(/I have read it/).check();
    await page.getByRole("button", { name: "Submit to the bank" }).click();

    await page.getByRole("heading", { name: "Submitted evidence" }).waitFor();
    expect(await page.locator("main").innerText()).toContain("By staff@example.com");
    expect(await page.getByRole("button", { name: "Submit to the bank" }).count()).toBe(0);
    await pictures(page, "dispute-submitted");
    expect(complaints).toEqual([]);
  });

  it("compare the books with Stripe's, and read that they agree", async () => {
    await customerBuys();
    const { page, complaints } = await staffAtWork();
    await page.getByRole("link", { name: "Books", exact: true }).click();
    await page.getByRole("button", { name: "Compare now" }).click();

    await page.getByText(/Books agree as of .* 0 differences/).waitFor({ timeout: 30_000 });
    await fetch(`${address}/cdn-cgi/handler/scheduled`);
    await page.reload();
    await pictures(page, "books");
    expect(complaints).toEqual([]);
  });

  it("read what differs, with both sides, and close it with a note", async () => {
    const { orderId, paymentIntent } = await customerBuys();
    const ours = { order_id: orderId, state: "paid", credits: 1000, amount_cents: 1000, currency: "usd" };
    const theirs = {
      payment_intent_id: paymentIntent,
      status: "succeeded",
      amount_cents: 900,
      currency: "usd",
    };
    await runSql(
      `INSERT INTO differences (kind, subject, account_id, order_id, ours, theirs, occurred_at, found_at, last_found_at,
         resolved_at)
       VALUES
         ('amount_differs', '${paymentIntent}', NULL, '${orderId}', '${JSON.stringify(ours)}',
          '${JSON.stringify({ ...theirs, created_at: 1_795_000_000_000 })}', 1, 1795000000000, ${Date.now()}, NULL),
         ('payment_without_order', 'pi_of_nobody', NULL, NULL, NULL,
          '${JSON.stringify({ ...theirs, payment_intent_id: "pi_of_nobody" })}', 1, 1795000000000, ${Date.now()}, NULL),
         ('order_without_payment', 'pi_resolved', NULL, '${orderId}', '${JSON.stringify(ours)}', NULL, 1,
          1794000000000, 1794000000000, 1794500000000)`,
    );
    const { page, complaints } = await staffAtWork();
    await page.getByText(/Books do not agree as of .* 2 differences/).waitFor();
    await page.getByRole("link", { name: "View the differences" }).click();
    await page.getByRole("heading", { name: "Amounts differ" }).waitFor();
    await pictures(page, "differences");

    const difference = page.locator(".differences > li", { hasText: "pi_of_nobody" });
    await difference.getByText("Close with a note").click();
    await difference.getByLabel("Why it needs nothing more").fill("Refunded by bank transfer, 27 November.");
    await pictures(page, "difference-to-close");
    await difference.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByText("Closed by").waitFor();
    await page.getByText(/Books do not agree as of .* 1 difference\./).waitFor();
    await pictures(page, "difference-closed");
    expect(complaints).toEqual([]);
  });

  it("sign out, and find nothing at /admin afterwards", async () => {
    const { page } = await staffAtWork();
    await page.getByRole("link", { name: "Sign out" }).click();
    await page.waitForURL(`${address}/stand-in/staff`);
    await picture(page, "staff-signed-out");
    const answer = await page.goto(`${address}/admin`);
    expect(answer?.status()).toBe(404);
  });
});
