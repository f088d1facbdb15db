/** What another site can make a customer's browser send: none of it has any effect. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ORIGIN, signedInCustomer } from "../support/customer.ts";

/** Asks to sign out, with the headers given: 303 means that it was done, 403 that it was refused. */
async function sends(headers: Record<string, string>, method = "POST"): Promise<Response> {
  return exports.default.fetch(
    new Request(`${ORIGIN}/sign-out`, {
      method,
      redirect: "manual",
      headers: { Accept: "application/json", ...headers },
    }),
  );
}

const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };

describe("a request from another site", () => {
  it.each([
    ["a form", FORM_TYPE],
    ["JSON", JSON_TYPE],
    ["an unknown content type", { "Content-Type": "application/x-other" }],
    ["no content type at all", {}],
  ])("is refused whatever it sends: %s", async (_what, type) => {
    for (const from of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "https://elsewhere.example" },
      { Origin: "http://localhost:8788" },
      { Origin: "null" },
      { Origin: ORIGIN, "Sec-Fetch-Site": "cross-site" },
      { Origin: "https://elsewhere.example", "Sec-Fetch-Site": "same-origin" },
    ]) {
      const answer = await sends({ ...type, ...from });

      expect([from, answer.status]).toEqual([from, 403]);
      expect(await answer.json()).toMatchObject({ error: { code: "forbidden_origin" } });
    }
  });

  it("is refused with any method that could change something", async () => {
    const answer = await sends({ "Sec-Fetch-Site": "cross-site" }, "DELETE");
    expect(answer.status).toBe(403);
  });

  it("is not refused when it only reads, as any link does", async () => {
    const answer = await sends({ "Sec-Fetch-Site": "cross-site" }, "GET");
    expect(answer.status).toBe(404);
  });

  it("places no order, even with the customer's session and as JSON", async () => {
    const customer = await signedInCustomer();

    const answer = await customer.request("/orders", {
      method: "POST",
      headers: { ...JSON_TYPE, Origin: "https://elsewhere.example" },
      body: JSON.stringify({ order_id: "ord_1" }),
    });

    expect(answer.status).toBe(403);
  });

  it("is refused with a page when a browser asks for one", async () => {
    const answer = await sends({ Accept: "text/html", "Sec-Fetch-Site": "cross-site" });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("did not come from our own page");
  });
});

describe("a request from our own pages", () => {
  it.each([
    [{ Origin: ORIGIN }],
    [{ "Sec-Fetch-Site": "same-origin" }],
    [{ "Sec-Fetch-Site": "none" }],
    [{ Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" }],
  ])("is accepted: %j", async (from) => {
    expect((await sends({ ...FORM_TYPE, ...from })).status).toBe(303);
  });
});

describe("a request that does not say where it comes from", () => {
  it("is accepted, as a program's, when no browser would send it across sites without asking first", async () => {
    expect((await sends(JSON_TYPE)).status).toBe(303);
  });

  it.each(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""])(
    "is refused when an old browser could have sent it for another site: %j",
    async (type) => {
      expect((await sends(type === "" ? {} : { "Content-Type": type })).status).toBe(403);
    },
  );

  it("reaches the webhook whatever its origin, because there the signature decides", async () => {
    for (const headers of [{}, { Origin: "https://elsewhere.example" }]) {
      const answer = await exports.default.fetch(
        new Request(`${ORIGIN}/webhooks/stripe`, { method: "POST", headers, body: "{}" }),
      );
      expect(await answer.json()).toMatchObject({ error: { code: "invalid_signature" } });
    }
  });
});
