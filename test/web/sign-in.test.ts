/** Signing in by an e-mailed link: who gets in, how often, and who does not. */
import { createExecutionContext, createScheduledController } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import worker from "../stand-in/worker.ts";
import { ORIGIN } from "../support/customer.ts";
import { linkSentTo, mailsTo, submit, visit } from "../support/visitor.ts";

const someone = () => `${crypto.randomUUID().slice(0, 8)}@example.com`;

/** Asks for a link, opens it, and returns the session's cookie. */
async function signIn(email: string): Promise<string> {
  await submit("/sign-in", { email });
  const opened = await submit(await linkSentTo(email));
  return opened.cookie?.split(";")[0] ?? "";
}

/** Opens `path` while signed out, follows the pages from there, and returns where signing in leads. */
async function signsInFor(path: string): Promise<string | null> {
  const email = someone();
  const sent = await visit(path);
  const page = await visit(sent.location ?? "");
  const next = /name="next" value="([^"]*)"/.exec(page.html)?.[1]?.replaceAll("&amp;", "&");
  await submit("/sign-in", { email, ...(next !== undefined && { next }) });
  return (await submit(await linkSentTo(email))).location;
}

describe("asking for a sign-in link", () => {
  it("starts on the first page, which names the seller and asks for an e-mail address", async () => {
    const page = await visit("/");

    expect(page.status).toBe(200);
    expect(page.text).toContain("Example API sells prepaid credits");
    expect(page.html).toMatch(/<label for="email">/);
  });

  it("sends an e-mail in the seller's name with the link in both text and HTML", async () => {
    const email = someone();

    const asked = await submit("/sign-in", { email });

    expect(asked.status).toBe(200);
    expect(asked.text).toContain("Check your e-mail");
    const [mail] = await mailsTo(email);
    expect(mail?.subject).toBe("Sign in to Example API");
    const link = `http://localhost:8787${await linkSentTo(email)}`;
    expect(mail?.text).toContain(link);
    expect(mail?.html).toContain(`href="${link}"`);
  });

  it("answers a program in JSON", async () => {
    const email = someone();

    const response = await exports.default.fetch(`${ORIGIN}/sign-in`, {
      method: "POST",
      headers: { Accept: "application/json", Origin: ORIGIN },
      body: new URLSearchParams({ email }),
    });

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ sent_to: email });
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it("gets the same answer whether or not there is an account", async () => {
    const stranger = someone();

    const known = await submit("/sign-in", { email: "demo@example.com" });
    const unknown = await submit("/sign-in", { email: stranger });

    expect(unknown.status).toBe(known.status);
    expect(unknown.html.replaceAll(stranger, "demo@example.com")).toBe(known.html);
  });

  it("opens no account: only someone who can read the e-mail gets one", async () => {
    const email = someone();

    await submit("/sign-in", { email });

    expect(await accountsOf(email)).toBe(0);
  });

  it.each(["", "nobody", "a@b", `${"a".repeat(250)}@example.com`, "a@example.com\nBcc: b@example.com"])(
    "what is not an e-mail address is asked for again: %j",
    async (email) => {
      const asked = await submit("/sign-in", { email });

      expect(asked.status).toBe(422);
      expect(asked.html).toContain('aria-invalid="true"');
      expect(asked.text).toContain("enter your full e-mail address");
    },
  );

  it("is refused when the form is malformed or too large", async () => {
    const broken = await postToSignIn("multipart/form-data; boundary=x", "not a form");
    const large = await postToSignIn("application/x-www-form-urlencoded", `email=${"a".repeat(5000)}`);

    expect(broken).toBe(422);
    expect(large).toBe(413);
  });

  it("shows what was typed as text, never as markup", async () => {
    const asked = await submit("/sign-in", { email: '"><script>alert(1)</script>' });

    expect(asked.html).not.toContain("<script>alert");
  });

  it("makes an address wait after five links in a quarter of an hour, however it is capitalised", async () => {
    const email = someone();
    for (let asked = 0; asked < 5; asked += 1) {
      expect((await submit("/sign-in", { email })).status).toBe(200);
    }

    const sixth = await submit("/sign-in", { email: email.toUpperCase() });

    expect(sixth.status).toBe(429);
    expect(sixth.text).toContain("wait 15 minutes");
    expect(await mailsTo(email)).toHaveLength(5);
  });

  it("lets only five of ten simultaneous requests through", async () => {
    const email = someone();

    const asked = await Promise.all(Array.from({ length: 10 }, () => submit("/sign-in", { email })));

    expect(asked.filter(({ status }) => status === 200)).toHaveLength(5);
  });

  it("says so when the e-mail cannot be sent, and does not count it against the address", async () => {
    const email = `undeliverable-${someone()}`;

    const answer = await submit("/sign-in", { email });

    expect(answer.status).toBe(503);
    expect(answer.text).toContain("We could not send an e-mail to this address");
    const counted = await env.DB.prepare("SELECT COUNT(*) AS count FROM sign_in_tokens WHERE email = ?1")
      .bind(email)
      .first();
    expect(counted).toEqual({ count: 0 });
  });

  it("is refused from another site's form, and no e-mail is sent", async () => {
    const email = someone();

    const asked = await submit("/sign-in", { email }, { origin: "https://elsewhere.example" });

    expect(asked.status).toBe(403);
    expect(await mailsTo(email)).toHaveLength(0);
  });
});

describe("the page a visitor asked for before signing in", () => {
  const ORDER = "/orders/ord_0123456789abcdef0123456789abcdef";

  it.each([ORDER, `${ORDER}/receipt`, "/account/statement?before=5"])(
    "is where the e-mailed link leads: %s",
    async (path) => {
      expect(await signsInFor(path)).toBe(path);
    },
  );

  it("is named on the sign-in page when it is an order", async () => {
    const { location } = await visit(`${ORDER}/receipt`);

    expect((await visit(location ?? "")).text).toContain("Sign in to see your order.");
    expect((await visit("/")).text).not.toContain("Sign in to see your order.");
  });

  it("opens at once when the visitor is already signed in, even by a used link", async () => {
    const email = someone();
    await submit("/sign-in", { email, next: ORDER });
    const link = await linkSentTo(email);
    const cookie = (await submit(link)).cookie?.split(";")[0] ?? "";

    expect((await visit(`/?next=${encodeURIComponent(ORDER)}`, cookie)).location).toBe(ORDER);
    expect((await visit(link, cookie)).location).toBe(ORDER);
  });

  it("is remembered through a mistyped e-mail address, an expired link and a request for another link", async () => {
    const email = someone();
    const hidden = `name="next" value="${ORDER}"`;

    expect((await submit("/sign-in", { email: "nobody", next: ORDER })).html).toContain(hidden);
    const asked = await submit("/sign-in", { email, next: ORDER });
    expect(asked.html).toContain(`href="/?next=${encodeURIComponent(ORDER)}"`);
    await expireTokens(email, 0);
    expect((await visit(await linkSentTo(email))).html).toContain(hidden);
  });

  it.each([
    "https://evil.example/orders/x",
    "//evil.example",
    "//evil.example/orders/x",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/orders//evil.example",
    "/orders/..//evil.example",
    "/orders/../sign-in/x",
    "/orders/%2e%2e/sign-in/x",
    "/orders/x\n",
    "/orders/x\r\nSet-Cookie: a=b",
    "/orders/x#//evil.example",
    "/orders@evil.example",
    "/account.evil.example",
    "/accounts",
    "/ordersx/y",
    "/account?next=//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "orders/x",
    "/admin",
    "/sign-out",
    "/",
    "",
    `/orders/${"x".repeat(300)}`,
  ])("is never on another site, and never anything but an order or the account: %j", async (next) => {
    const email = someone();
    await submit("/sign-in", { email, next });
    const signedIn = await submit(await linkSentTo(email));
    const cookie = signedIn.cookie?.split(";")[0] ?? "";

    expect(signedIn.location).toBe("/account");
    const query = `next=${encodeURIComponent(next)}`;
    expect((await visit(`/?${query}`, cookie)).location).toBe("/account");
    expect((await visit(`/sign-in?${query}`)).location).toBe("/");
    expect((await visit(`/?${query}`)).html).not.toContain('name="next"');
  });
});

describe("a sign-in link", () => {
  it("shows a button when opened and is not used up by that, so that an e-mail scanner does no harm", async () => {
    const email = someone();
    await submit("/sign-in", { email });
    const link = await linkSentTo(email);

    await visit(link);
    const second = await visit(link);

    expect(second.status).toBe(200);
    expect(second.text).toContain(`Continue as ${email}`);
    expect(second.cookie).toBeNull();
  });

  it("leads to the account once its button is pressed", async () => {
    const email = someone();
    await submit("/sign-in", { email });

    const pressed = await submit(await linkSentTo(email));

    expect(pressed.status).toBe(303);
    expect(pressed.location).toBe("/account");
    expect(pressed.cookie).toMatch(/^session=[\w-]{43}; /);
    expect(pressed.cookie).toMatch(/HttpOnly/);
    expect(pressed.cookie).toMatch(/SameSite=Lax/);
    const account = await visit("/account", pressed.cookie?.split(";")[0]);
    expect(account.text).toContain(email);
  });

  it("sets a cookie bound to this host and to HTTPS when the product runs on HTTPS", async () => {
    const email = someone();
    await submit("/sign-in", { email });
    const publicUrl = "https://credits.example.com";
    const request = new Request(`${publicUrl}${await linkSentTo(email)}`, {
      method: "POST",
      headers: { Origin: publicUrl, Accept: "text/html" },
      body: new URLSearchParams(),
    });

    const pressed = await app.fetch(request, { ...env, PUBLIC_URL: publicUrl }, createExecutionContext());

    const cookie = pressed.headers.get("Set-Cookie");
    expect(cookie).toMatch(/^__Host-session=[\w-]{43}; .*Path=\/; .*HttpOnly; Secure; SameSite=Lax$/);
    expect(cookie).not.toContain("Domain");
  });

  it("opens no second account for the same address in other capitals", async () => {
    const email = someone();
    await signIn(email);

    await submit("/sign-in", { email: email.toUpperCase() });
    await submit(await linkSentTo(email.toUpperCase()));

    expect(await accountsOf(email)).toBe(1);
  });

  it("opens one session: a second press finds it used", async () => {
    const email = someone();
    await submit("/sign-in", { email });
    const link = await linkSentTo(email);
    await submit(link);

    const again = await submit(link);
    const why = await visit(link);

    expect(again.cookie).toBeNull();
    expect(why.status).toBe(410);
    expect(why.text).toContain("already been used");
    expect(why.html).toContain('action="/sign-in"');
  });

  it("opens one session when its button is pressed several times at once", async () => {
    const email = someone();
    await submit("/sign-in", { email });
    const link = await linkSentTo(email);

    const pressed = await Promise.all([submit(link), submit(link), submit(link)]);

    expect(pressed.filter(({ cookie }) => cookie !== null)).toHaveLength(1);
  });

  it("leads to the account when opened again in the browser it signed in", async () => {
    const email = someone();
    const cookie = await signIn(email);

    const again = await visit(await linkSentTo(email), cookie);

    expect(again).toMatchObject({ status: 303, location: "/account" });
  });

  it("opens nothing once its fifteen minutes are over, and says why", async () => {
    const email = someone();
    await submit("/sign-in", { email });
    const link = await linkSentTo(email);
    await env.DB.prepare("UPDATE sign_in_tokens SET expires_at = ?2 WHERE email = ?1")
      .bind(email, Date.now())
      .run();

    const opened = await visit(link);
    const pressed = await submit(link);

    expect(opened.status).toBe(410);
    expect(opened.text).toContain("older than 15 minutes");
    expect(pressed.cookie).toBeNull();
    expect(await accountsOf(email)).toBe(0);
  });

  it.each([
    "nonsense",
    "A".repeat(43),
    "%00",
    "%0d%0aX",
    "%0d%0aSet-Cookie:%20session=x",
    "%e0%a4%a",
    "..%2f..%2fadmin",
    "%2f%2felsewhere.example",
  ])("opens nothing when it is made up, and leads to a page that says so: %s", async (token) => {
    const opened = await visit(`/sign-in/${token}`);
    const pressed = await submit(`/sign-in/${token}`);

    expect(opened.status).toBe(410);
    expect(pressed).toMatchObject({ status: 303, cookie: null });
    expect(pressed.location).toMatch(/^\/sign-in\/[\w%.-]+$/);
    expect((await visit(pressed.location ?? "")).status).toBe(410);
  });

  it("is forgotten a day after it expires; until then its page can say why it no longer works", async () => {
    const [old, young, current] = [someone(), someone(), someone()];
    await Promise.all([old, young, current].map((email) => submit("/sign-in", { email })));
    const hours = 60 * 60 * 1000;
    await expireTokens(old, Date.now() - 25 * hours);
    await expireTokens(young, Date.now() - 23 * hours);

    await worker.scheduled(createScheduledController(), env);

    expect(await tokensOf(old)).toBe(0);
    expect(await tokensOf(young)).toBe(1);
    expect((await visit(await linkSentTo(young))).text).toContain("older than 15 minutes");
    expect((await visit(await linkSentTo(current))).status).toBe(200);
  });

  it("is stored only as a hash, which opens nothing itself", async () => {
    const email = someone();
    await submit("/sign-in", { email });
    const secret = (await linkSentTo(email)).split("/").at(-1) ?? "";

    const row = await env.DB.prepare("SELECT token_hash FROM sign_in_tokens WHERE email = ?1")
      .bind(email)
      .first<{ token_hash: string }>();

    expect(row?.token_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(row?.token_hash).not.toContain(secret);
    expect((await submit(`/sign-in/${row?.token_hash}`)).cookie).toBeNull();
  });
});

describe("a session", () => {
  it("leads from the first page straight to the account", async () => {
    const cookie = await signIn(someone());

    expect(await visit("/", cookie)).toMatchObject({ status: 303, location: "/account" });
  });

  it("is required: a page without one leads to the first page, and JSON is told to sign in", async () => {
    const page = await visit("/account");
    const json = await exports.default.fetch("http://localhost:8787/account", {
      headers: { Accept: "application/json" },
    });

    expect(page).toMatchObject({ status: 303, location: "/" });
    expect(json.status).toBe(401);
    expect(await json.json()).toMatchObject({ error: { code: "sign_in_required" } });
  });

  it.each(["session=", "session=nonsense", `session=${"A".repeat(43)}`, "__Host-session=x"])(
    "is not opened by a made-up cookie: %s",
    async (cookie) => {
      expect((await visit("/account", cookie)).status).toBe(303);
    },
  );

  it("opens nothing once it has expired, and is then forgotten", async () => {
    const email = someone();
    const cookie = await signIn(email);
    await env.DB.prepare(
      "UPDATE sessions SET expires_at = ?2 WHERE account_id = (SELECT id FROM accounts WHERE email = ?1)",
    )
      .bind(email, Date.now())
      .run();

    expect((await visit("/account", cookie)).status).toBe(303);
    await worker.scheduled(createScheduledController(), env);
    const kept = await env.DB.prepare("SELECT COUNT(*) AS count FROM sessions WHERE expires_at <= ?1")
      .bind(Date.now())
      .first();
    expect(kept).toEqual({ count: 0 });
  });

  it("ends on the server when its customer signs out: a copied cookie opens nothing afterwards", async () => {
    const cookie = await signIn(someone());

    const out = await submit("/sign-out", {}, { cookie });

    expect(out).toMatchObject({ status: 303, location: "/" });
    expect(out.cookie).toMatch(/^session=;.*Max-Age=0/);
    expect((await visit("/account", cookie)).status).toBe(303);
  });

  it("cannot be ended by another site", async () => {
    const cookie = await signIn(someone());

    await submit("/sign-out", {}, { cookie, origin: "https://elsewhere.example" });

    expect((await visit("/account", cookie)).status).toBe(200);
  });

  it("shows pages that no cache may keep and no site may frame", async () => {
    const cookie = await signIn(someone());

    const { headers } = await visit("/account", cookie);

    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
  });
});

async function accountsOf(email: string): Promise<number> {
  const row = await env.DB.prepare("SELECT COUNT(*) AS count FROM accounts WHERE email = ?1")
    .bind(email)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

async function expireTokens(email: string, at: number): Promise<void> {
  await env.DB.prepare("UPDATE sign_in_tokens SET expires_at = ?2 WHERE email = ?1").bind(email, at).run();
}

async function tokensOf(email: string): Promise<number | undefined> {
  const row = await env.DB.prepare("SELECT COUNT(*) AS count FROM sign_in_tokens WHERE email = ?1")
    .bind(email)
    .first<{ count: number }>();
  return row?.count;
}

async function postToSignIn(contentType: string, body: string): Promise<number> {
  const { status } = await exports.default.fetch("http://localhost:8787/sign-in", {
    method: "POST",
    headers: { "Content-Type": contentType, Origin: "http://localhost:8787", Accept: "text/html" },
    body,
  });
  return status;
}
