/** Rate limits by network address: a flood is refused, and nobody else is affected. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { networkOf } from "../../src/web/middleware/limit-by-address.ts";
import { ORIGIN } from "../support/customer.ts";

/** Posts an empty body from a network address and returns the product's answer. */
function posts(path: string, address?: string): Promise<Response> {
  const headers = { Origin: ORIGIN, Accept: "application/json", "Content-Type": "application/json" };
  return exports.default.fetch(
    new Request(`${ORIGIN}${path}`, {
      method: "POST",
      headers: address === undefined ? headers : { ...headers, "CF-Connecting-IP": address },
      body: "{}",
    }),
  );
}

/** Posts until refused. A new minute may begin meanwhile, so at most twice the limit can pass. */
async function flood(
  path: string,
  address: string,
  limit: number,
): Promise<{ passed: number; refused: Response }> {
  for (let passed = 0; passed <= 2 * limit; passed += 1) {
    const answer = await posts(path, address);
    if (answer.status === 429) {
      return { passed, refused: answer };
    }
    await answer.text();
  }
  throw new Error("Nothing was refused");
}

describe.each([
  ["/sign-in", 100],
  ["/orders", 100],
  ["/orders/ord_1/settle", 600],
])("a flood of %s", (path, limit) => {
  it("from one address is refused beyond the limit and told when to come back, while other addresses pass", async () => {
    const { passed, refused } = await flood(path, "192.0.2.1", limit);

    expect(passed).toBeGreaterThanOrEqual(limit);
    expect(refused.headers.get("Retry-After")).toBe("60");
    expect(await refused.json()).toMatchObject({ error: { code: "too_many_attempts" } });
    expect((await posts(path, "192.0.2.2")).status).not.toBe(429);
  });
});

it("requests that arrive without an address are not counted", async () => {
  const answers = await Promise.all(Array.from({ length: 120 }, () => posts("/orders")));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
});

describe("the network that is counted as one address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["1::4:5:6:7:8", "1:0:0:4"],
    ["::1", "0:0:0:0"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ])("is an IPv4 address or an IPv6 /64: %s counts as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
