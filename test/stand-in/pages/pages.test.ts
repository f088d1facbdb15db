import { env, exports } from "cloudflare:workers";
import { createScheduledController } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import worker from "../worker.ts";
import { cardWithNumber } from "../stripe/test-cards.ts";
import { testCards } from "../test-cards.ts";

async function pageAt(path: string) {
  const response = await exports.default.fetch(new Request(`http://localhost:8787${path}`));
  return { status: response.status, text: await response.text() };
}

describe("the stand-in’s pages", () => {
  it.each([
    "/stand-in/",
    "/stand-in/cards",
    "/stand-in/payments",
    "/stand-in/stripe-log",
    "/stand-in/mailbox",
    "/stand-in/staff",
    "/stand-in/elements/demo",
  ])("%s is a page that says it is the stand-in", async (path) => {
    const { status, text } = await pageAt(path);

    expect(status).toBe(200);
    expect(text).toMatch(/^<!doctype html><html lang="en">/);
    expect(text).toContain("local stand-in</title>");
  });

  it("the mount without its slash leads to the front page", async () => {
    const response = await exports.default.fetch(
      new Request("http://localhost:8787/stand-in", { redirect: "manual" }),
    );

    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/stand-in/");
  });

  it("a path nobody knows is a 404", async () => {
    expect((await pageAt("/stand-in/nothing")).status).toBe(404);
  });

  it("no page loads anything from another site", async () => {
    const pages = await Promise.all(
      ["/stand-in/", "/stand-in/cards", "/stand-in/elements/payment", "/stand-in/challenge"].map(pageAt),
    );

    for (const { text } of pages) {
      expect(text).not.toMatch(/(src|srcset|action)="https?:/);
      expect(text).not.toMatch(/<link[^>]*href="https?:/);
    }
  });
});

describe("the elements’ frames", () => {
  it.each([
    ["payment", ["number", "expiry", "cvc", "country", "postalCode"]],
    [
      "address",
      [
        "name",
        "country",
        "addressLine1",
        "addressLine2",
        "locality",
        "administrativeArea",
        "postalCode",
        "phone",
      ],
    ],
  ])("the %s frame has Stripe’s names for its fields", async (frame, names) => {
    const { text } = await pageAt(`/stand-in/elements/${frame}`);

    for (const name of names) {
      expect(text).toContain(`name="${name}"`);
    }
  });

  it("the card form lets a browser fill in a card", async () => {
    const { text } = await pageAt("/stand-in/elements/payment");

    expect(text.match(/autocomplete="cc-[a-z]+"/g)).toEqual([
      'autocomplete="cc-number"',
      'autocomplete="cc-exp"',
      'autocomplete="cc-csc"',
    ]);
  });

  it("the bank’s page offers both ends of a challenge", async () => {
    const { text } = await pageAt("/stand-in/challenge");

    expect(text).toContain('value="authenticated"');
    expect(text).toContain('value="failed"');
  });
});

describe("test cards", () => {
  it("every card shown is one the stand-in Stripe knows, but for the mistyped one", () => {
    const unknown = testCards.filter(({ number }) => cardWithNumber(number) === null);

    expect(unknown.map(({ name }) => name)).toEqual(["Mistyped number"]);
  });

  it("every card is on the page and in the card form’s menu", async () => {
    const page = await pageAt("/stand-in/cards");
    const form = await pageAt("/stand-in/elements/payment");

    for (const { number } of testCards) {
      expect(page.text).toContain(`data-copy="${number}"`);
      expect(form.text).toContain(`data-number="${number}"`);
    }
  });

  it.each(testCards)("$name ends in the same digits in the list and in the menu", async ({ number }) => {
    const page = await pageAt("/stand-in/cards");
    const form = await pageAt("/stand-in/elements/payment");
    const [, listed] =
      new RegExp(`<code>([\\d ]+)</code><button[^>]*data-copy="${number}"`).exec(page.text) ?? [];
    const [, menu] = new RegExp(`data-number="${number}".*?·· (\\d{4})<`).exec(form.text) ?? [];

    expect(listed?.replaceAll(" ", "")).toBe(number);
    expect(listed?.replaceAll(" ", "").slice(-4)).toBe(menu);
  });

  it("no card is listed twice", () => {
    expect(new Set(testCards.map(({ number }) => number)).size).toBe(testCards.length);
  });
});

function cronRuns(): Promise<number | null> {
  return env.DB.prepare("SELECT count(*) AS runs FROM cron_runs").first<number>("runs");
}

describe("the cron", () => {
  it("runs when the button is pressed", async () => {
    const before = (await cronRuns()) ?? 0;

    const response = await exports.default.fetch("http://localhost:8787/stand-in/cron", { method: "POST" });

    expect(await response.json()).toEqual({ ran: true });
    expect(await cronRuns()).toBe(before + 1);
  });

  it("runs when the local Worker is triggered", async () => {
    const before = (await cronRuns()) ?? 0;

    await worker.scheduled(createScheduledController(), env);

    expect(await cronRuns()).toBe(before + 1);
  });
});

it("the demonstration uses the product’s own publishable key", async () => {
  const { text } = await pageAt("/stand-in/elements/demo");

  expect(text).toContain(`data-key="${env.STRIPE_PUBLISHABLE_KEY}"`);
});
