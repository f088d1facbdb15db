/** Who may open /admin: those Cloudflare Access vouches for. To everyone else it looks as if it did not exist. */
import { abortAllDurableObjects, createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import type { Bindings } from "../../src/deps.ts";
import { createStaffIdentity } from "../../src/access.ts";
import { staffState } from "../stand-in/staff/state.ts";
import { ORIGIN, signedInCustomer } from "../support/customer.ts";
import { HEADER, ISSUER, signedAs, staffMember } from "./support.ts";

const PATHS = [
  "/admin",
  "/admin/books",
  "/admin/find",
  "/admin/accounts/acc_1",
  "/admin/orders/ord_1",
  "/admin/orders/ord_1/quote",
  "/admin/disputes",
  "/admin/disputes/du_1",
];

async function visits(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(
    new Request(`${ORIGIN}${path}`, { headers: { Accept: "text/html", ...headers } }),
  );
}

function submits(path: string, fields: Record<string, string> = { refund_id: "rfd_1" }): Promise<Response> {
  return exports.default.fetch(
    new Request(`${ORIGIN}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: { Accept: "text/html", Origin: ORIGIN },
      body: new URLSearchParams(fields),
    }),
  );
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** An answer without what differs from one request to the next. */
async function shape(response: Response): Promise<{ status: number; headers: string[]; body: string }> {
  const body = await response.text();
  return {
    status: response.status,
    headers: [...response.headers.keys()].toSorted(),
    body: body.replaceAll(/req_[0-9a-f]{32}/g, "req"),
  };
}

/** A request to the product with the test's own settings. */
async function visitsUnder(
  settings: Partial<Record<keyof Bindings, unknown>>,
  token: string,
): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request(`${ORIGIN}/admin`, {
    headers: { Accept: "application/json", [HEADER]: token },
  });
  const response = await app.fetch(request, { ...env, ...settings }, context);
  await waitOnExecutionContext(context);
  return response;
}

async function isLetIn(token: string): Promise<boolean> {
  const response = await visits("/admin", { [HEADER]: token });
  const unknown = await visits("/nowhere-at-all");
  const [found, expected] = [await shape(response), await shape(unknown)];
  if (found.status === 200) {
    return true;
  }
  expect(found).toEqual(expected);
  return false;
}

describe("/admin", () => {
  it.each(PATHS)("answers at %s as at an unknown address when no token is given", async (path) => {
    expect(await shape(await visits(path))).toEqual(await shape(await visits("/nowhere-at-all")));
  });

  it.each([
    "/admin/find",
    "/admin/books/reconcile",
    "/admin/books/close",
    "/admin/orders/ord_1/refund",
    "/admin/disputes/du_1/submit",
  ])("answers a POST to %s as at an unknown address when no token is given", async (path) => {
    expect(await shape(await submits(path))).toEqual(await shape(await submits("/nowhere-at-all")));
  });

  it("is not found by a signed-in customer either", async () => {
    const customer = await signedInCustomer();
    const response = await customer.request("/admin");
    expect(response.status).toBe(404);
  });

  it("opens to staff, says who they are, and is never cached", async () => {
    const page = await staffMember("ada@example.com").visits("/admin");
    expect(page.status).toBe(200);
    expect(page.text).toContain("ada@example.com");
    expect(page.headers.get("Cache-Control")).toContain("no-store");
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  });

  it("is not opened by the cookie that Access sets beside the header", async () => {
    const token = await signedAs({});
    expect((await visits("/admin", { Cookie: `CF_Authorization=${token}` })).status).toBe(404);
  });

  it("refuses a request from another site, even with a staff token", async () => {
    const answer = await staffMember().submits("/admin/books/reconcile", {}, "https://elsewhere.example");
    expect(answer.status).toBe(403);
  });
});

describe("a token", () => {
  it("signed by Access is let in", async () => {
    expect(await isLetIn(await signedAs({}))).toBe(true);
  });

  it.each([
    ["for another application", () => ({ aud: ["0".repeat(64)] })],
    ["for no application", () => ({ aud: [] })],
    ["of another team", () => ({ iss: "https://other.cloudflareaccess.com" })],
    ["of no team", () => ({ iss: "" })],
    [
      "that has expired",
      () => ({ iat: nowInSeconds() - 120, nbf: nowInSeconds() - 120, exp: nowInSeconds() - 60 }),
    ],
    ["that never expires", () => ({ exp: undefined })],
    ["that is not valid yet", () => ({ nbf: nowInSeconds() + 60 })],
    [
      "without an e-mail address, like a service token",
      () => ({ email: undefined, common_name: "robot.access" }),
    ],
    ["with something other than an e-mail address", () => ({ email: "<script>alert(1)</script>" })],
    ["with several e-mail addresses", () => ({ email: ["staff@example.com", "other@example.com"] })],
  ])("%s is not let in", async (_name, claims) => {
    expect(await isLetIn(await signedAs(claims()))).toBe(false);
  });

  it.each(["", "nonsense", "a.b.c", "..", "Bearer x", "x".repeat(5000)])(
    "that reads “%s” is not let in",
    async (token) => {
      expect(await isLetIn(token)).toBe(false);
    },
  );

  it("without a signature is not let in", async () => {
    const [, payload = ""] = (await signedAs({})).split(".");
    const head = base64url.encode(JSON.stringify({ alg: "none" }));
    expect(await isLetIn(`${head}.${payload}.`)).toBe(false);
  });

  it("signed with the public key as if it were a shared secret is not let in", async () => {
    const { kid, shown } = await staffState(env).newest();
    const [, payload = ""] = (await signedAs({})).split(".");
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    for (const secret of [JSON.stringify(shown), String(shown.n)]) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", kid })
        .sign(new TextEncoder().encode(secret));
      expect(await isLetIn(token)).toBe(false);
    }
  });

  it("with a claim changed after it was signed is not let in", async () => {
    const [head, payload = "", signature] = (await signedAs({})).split(".");
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    const changed = base64url.encode(JSON.stringify({ ...claims, email: "boss@example.com" }));
    expect(await isLetIn(`${head}.${changed}.${signature}`)).toBe(false);
  });

  it("that carries its own key is not let in", async () => {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = await exportJWK(publicKey);
    const token = await new SignJWT({ email: "staff@example.com" })
      .setProtectedHeader({ alg: "RS256", jwk, kid: "mine" })
      .setIssuer(ISSUER)
      .setAudience(env.ACCESS_AUD)
      .setExpirationTime("1m")
      .sign(privateKey);
    expect(await isLetIn(token)).toBe(false);
  });

  it("that names a known key but is signed with another is not let in", async () => {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    expect(await isLetIn(await signedAs({}, { signs: await exportJWK(privateKey) }))).toBe(false);
  });

  it("that names an unknown key is not let in", async () => {
    expect(await isLetIn(await signedAs({}, { kid: crypto.randomUUID() }))).toBe(false);
  });
});

describe("Access's keys", () => {
  it("are fetched when a token names a new one, and the previous one still holds", async () => {
    const before = await signedAs({});
    expect(await isLetIn(before)).toBe(true);
    await staffState(env).rotate();
    expect(await isLetIn(await signedAs({}))).toBe(true);
    expect(await isLetIn(before)).toBe(true);
  });

  it("let nobody in once Access no longer shows them and they have been fetched again", async () => {
    const old = await signedAs({});
    await staffState(env).rotate();
    await staffState(env).rotate();
    const identify = identityAt(() => Date.now(), accessAnswers());
    expect(await identify(await signedAs({}))).toBe("staff@example.com");
    expect(await identify(old)).toBe(null);
  });

  it("are fetched once, and again after an hour", async () => {
    let now = Date.now();
    const access = accessAnswers();
    const identify = identityAt(() => now, access);
    for (let time = 0; time < 5; time += 1) {
      await identify(await signedAs({}));
    }
    expect(access.asked).toBe(1);
    now += 61 * 60_000;
    await identify(await signedAs({}));
    expect(access.asked).toBe(2);
  });

  it("are fetched at most ten times a minute for tokens with made-up key names", async () => {
    let now = Date.now();
    const access = accessAnswers();
    const identify = identityAt(() => now, access);
    for (let time = 0; time < 30; time += 1) {
      expect(await identify(await signedAs({}, { kid: crypto.randomUUID() }))).toBe(null);
    }
    expect(access.asked).toBe(10);
    expect(await identify(await signedAs({}))).toBe("staff@example.com");
    now += 61_000;
    await identify(await signedAs({}, { kid: crypto.randomUUID() }));
    expect(access.asked).toBe(11);
  });

  it("hold for a day while Access does not answer, but no longer", async () => {
    let now = Date.now();
    const access = accessAnswers();
    const identify = identityAt(() => now, access);
    await identify(await signedAs({}));
    access.fails = true;
    now += 23 * 60 * 60_000;
    const later = () => signedAs({ iat: undefined, nbf: undefined, exp: Math.floor(now / 1000) + 60 });
    expect(await identify(await later())).toBe("staff@example.com");
    now += 2 * 60 * 60_000;
    expect(await identify(await later())).toBe(null);
  });

  it.each([
    ["does not answer", () => Promise.reject(new Error("unreachable"))],
    ["answers with an error", () => Promise.resolve(new Response("no", { status: 500 }))],
    ["answers with something else", () => Promise.resolve(Response.json({ keys: "none" }))],
    ["answers with no keys", () => Promise.resolve(Response.json({ keys: [] }))],
    [
      "answers with a shared secret",
      () => Promise.resolve(Response.json({ keys: [{ kty: "oct", kid: "a", k: "AAAA" }] })),
    ],
  ])("let nobody in when Access %s", async (_name, ask) => {
    const token = await signedAs({});
    expect(await createStaffIdentity(ACCESS, { ask, now: () => Date.now() })(token)).toBe(null);
  });

  it("are fetched from the team's own address", async () => {
    const asked: string[] = [];
    const ask = (url: string) => {
      asked.push(url);
      return env.ACCESS.fetch(url);
    };
    await createStaffIdentity(ACCESS, { ask, now: () => Date.now() })(await signedAs({}));
    expect(asked).toEqual([`${ISSUER}/cdn-cgi/access/certs`]);
  });

  it("as the stand-in shows them are the newest and the one before, without their private parts", async () => {
    const { kid: first } = await staffState(env).rotate();
    const { kid: second } = await staffState(env).rotate();
    const { kid: third } = await staffState(env).rotate();
    expect(new Set([first, second, third]).size).toBe(3);

    const { keys } = await staffState(env).shown();

    expect(keys.map((key: JWK) => key.kid)).toEqual([third, second]);
    expect((await staffState(env).newest()).kid).toBe(third);
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    }
  });

  it("of the stand-in survive a restart, and so does the header that the newest one signed", async () => {
    const before = await staffState(env).shown();
    const token = await signedAs({});

    await abortAllDurableObjects();

    expect(await staffState(env).shown()).toEqual(before);
    const access = accessAnswers();
    expect(await identityAt(() => Date.now(), access)(token)).toBe("staff@example.com");
    expect(access.asked).toBe(1);
  });
});

describe("without a complete Access configuration", () => {
  it("/admin is an unknown address to everyone when both settings are missing", async () => {
    const token = await signedAs({});
    expect((await visitsUnder({}, token)).status).toBe(200);
    const answer = await visitsUnder({ ACCESS_TEAM_DOMAIN: "", ACCESS_AUD: "" }, token);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: "not_found" } });
    const without = await visitsUnder({ ACCESS_TEAM_DOMAIN: undefined, ACCESS_AUD: undefined }, token);
    expect(without.status).toBe(404);
  });

  it.each([
    ["ACCESS_AUD", { ACCESS_AUD: "" }],
    ["ACCESS_TEAM_DOMAIN", { ACCESS_TEAM_DOMAIN: "" }],
    ["ACCESS_AUD", { ACCESS_AUD: "not-a-tag" }],
    ["ACCESS_TEAM_DOMAIN", { ACCESS_TEAM_DOMAIN: "evil.example.com" }],
    ["ACCESS_TEAM_DOMAIN", { ACCESS_TEAM_DOMAIN: "https://team.cloudflareaccess.com" }],
  ])(
    "every answer is an error that names %s when that setting is missing or malformed",
    async (setting, settings) => {
      const answer = await visitsUnder(settings, "");
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain(setting);
    },
  );

  it("a live key is refused beside the stand-in for Access", async () => {
    const answer = await visitsUnder(
      {
        STRIPE: undefined,
        STRIPE_JS_URL: "https://js.stripe.com/endive/stripe.js",
        STRIPE_SECRET_KEY: "sk_live_1",
        STRIPE_PUBLISHABLE_KEY: "pk_live_1",
        PUBLIC_URL: "https://credits.acme.test",
      },
      await signedAs({}),
    );
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("ACCESS_TEAM_DOMAIN");
  });
});

describe("signing in as staff with the stand-in", () => {
  it("opens /admin until signing out, which takes the cookie from the browser", async () => {
    const signedIn = await submits("/stand-in/staff", { email: "grace@example.com" });
    expect(signedIn.headers.get("Location")).toBe("/admin");
    const cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    const page = await visits("/admin", { Cookie: cookie });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("grace@example.com");

    const out = await exports.default.fetch(
      new Request(`${ORIGIN}/cdn-cgi/access/logout`, { redirect: "manual", headers: { Cookie: cookie } }),
    );
    // A browser replaces the cookie of the same name and path, and drops it at once.
    const [left = "", ...attributes] = (out.headers.get("Set-Cookie") ?? "").split("; ");
    expect(left).toBe("stand_in_staff=");
    expect(attributes).toEqual(expect.arrayContaining(["Max-Age=0", "Path=/"]));
    expect(signedIn.headers.get("Set-Cookie")).toContain("; Path=/");
    for (const path of PATHS) {
      const unknown = await shape(await visits("/nowhere-at-all"));
      expect(await shape(await visits(path))).toEqual(unknown);
      expect(await shape(await visits(path, { Cookie: left }))).toEqual(unknown);
    }
  });

  it("follows a change of Access's keys without signing in again", async () => {
    const signedIn = await submits("/stand-in/staff", { email: "grace@example.com" });
    const cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    expect((await visits("/admin", { Cookie: cookie })).status).toBe(200);
    for (let time = 0; time < 3; time += 1) {
      await staffState(env).rotate();
      const page = await visits("/admin", { Cookie: cookie });
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("grace@example.com")]);
    }
  });

  it("signs headers that open nothing a minute after signing out, even for someone who kept one", async () => {
    // Nothing tells the product that someone signed out: a header is good for the minute that it was signed for.
    let now = Date.now();
    const identify = identityAt(() => now, accessAnswers());
    const kept = await staffState(env).sign("grace@example.com");
    expect(await identify(kept)).toBe("grace@example.com");
    now += 59_000;
    expect(await identify(kept)).toBe("grace@example.com");
    // Access's clock and ours may differ by five seconds.
    now += 7000;
    expect(await identify(kept)).toBe(null);
  });

  it("is refused without an e-mail address, and a cookie without one signs nobody in", async () => {
    expect((await submits("/stand-in/staff", { email: "nobody" })).status).toBe(422);
    for (const cookie of ["stand_in_staff=nobody", "stand_in_staff=%E0%A4%A", "stand_in_staff="]) {
      expect((await visits("/admin", { Cookie: cookie })).status).toBe(404);
    }
  });
});

const ACCESS = { teamDomain: env.ACCESS_TEAM_DOMAIN, audience: env.ACCESS_AUD };

/** Access's answers, from the stand-in: counted, and failing once told to. */
function accessAnswers() {
  const access = {
    asked: 0,
    fails: false,
    ask: (url: string): Promise<Response> => {
      access.asked += 1;
      return access.fails ? Promise.reject(new Error("unreachable")) : env.ACCESS.fetch(url);
    },
  };
  return access;
}

function identityAt(now: () => number, { ask }: { ask: (url: string) => Promise<Response> }) {
  return createStaffIdentity(ACCESS, { ask, now });
}
