import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

const mails = z.array(
  z.object({
    id: z.string(),
    received_at: z.iso.datetime(),
    from: z.string(),
    to: z.string(),
    subject: z.string(),
    text: z.string().nullable(),
    html: z.string().nullable(),
  }),
);

const signIn = {
  from: { name: "Example API", email: "credits@example.com" },
  to: "ada@example.com",
  subject: "Your sign-in link",
  text: "Open http://localhost:8787/sign-in/abc to sign in.",
  html: '<p>Hello <a href="http://localhost:8787/sign-in/abc">sign in</a></p>',
};

function visit(path: string, init?: RequestInit) {
  return exports.default.fetch(new Request(`http://localhost:8787/stand-in${path}`, init));
}

async function mailbox(query = "") {
  return mails.parse(await (await visit(`/mailbox.json${query}`)).json());
}

/** Why a message was refused. Some are no messages at all, so they go by a binding that checks nothing. */
async function refusal(message: object): Promise<string> {
  const binding: { send(message: object): Promise<unknown> } = env.EMAIL;
  try {
    await binding.send(message);
    return "it was taken";
  } catch (error) {
    return String(error);
  }
}

beforeEach(async () => {
  await visit("/mailbox", { method: "DELETE" });
});

describe("sending", () => {
  it("a mail sent through the binding is in the mailbox as it was written", async () => {
    const sent = await env.EMAIL.send(signIn);

    expect(await mailbox()).toEqual([
      expect.objectContaining({
        id: sent.messageId,
        from: "Example API <credits@example.com>",
        to: "ada@example.com",
        subject: "Your sign-in link",
        text: signIn.text,
        html: signIn.html,
      }),
    ]);
  });

  it("the newest mail comes first", async () => {
    await env.EMAIL.send({ ...signIn, subject: "first" });
    await env.EMAIL.send({ ...signIn, subject: "second" });

    expect((await mailbox()).map((mail) => mail.subject)).toEqual(["second", "first"]);
  });

  it("a mailbox narrowed to an address holds what went to it in any case, by to, cc or bcc", async () => {
    await env.EMAIL.send({ ...signIn, to: { name: "Ada", email: "Ada@Example.com" }, subject: "to" });
    await env.EMAIL.send({ ...signIn, to: ["bob@example.com"], cc: "ada@example.com", subject: "cc" });
    await env.EMAIL.send({ ...signIn, to: "bob@example.com", subject: "not hers" });

    const hers = await mailbox("?to=ada@example.com");

    expect(hers.map((mail) => mail.subject)).toEqual(["cc", "to"]);
  });

  it.each([
    ["no recipient", { from: "a@example.com", subject: "x", text: "x" }, "to"],
    ["no subject", { ...signIn, subject: "" }, "subject"],
    ["no body", { from: "a@example.com", to: "b@example.com", subject: "x" }, "body"],
    ["an address that is none", { ...signIn, to: "ada" }, "to"],
    ["a field it does not know", { ...signIn, colour: "red" }, "colour"],
    ["a raw message", { from: "a@example.com", to: "b@example.com" }, "subject"],
    [
      "fifty-one recipients",
      { ...signIn, to: Array.from({ length: 51 }, () => "a@example.com") },
      "at most 50",
    ],
  ])("a message with %s is refused, and not kept", async (_what, message, reason) => {
    expect(await refusal(message)).toContain(reason);
    expect(await mailbox()).toEqual([]);
  });

  it("mail to an undeliverable address fails as a delivery does", async () => {
    expect(await refusal({ ...signIn, to: "undeliverable@example.com" })).toContain("no mail server");
  });
});

describe("looking", () => {
  it("an empty mailbox says so, and where mail comes from", async () => {
    const page = await (await visit("/mailbox")).text();

    expect(page).toContain("No mail yet.");
  });

  it("the list links to each mail", async () => {
    const { messageId } = await env.EMAIL.send(signIn);

    const page = await (await visit("/mailbox")).text();

    expect(page).toContain(`href="/stand-in/mailbox/${messageId}"`);
    expect(page).toContain("Your sign-in link");
  });

  it("the html part cannot run script, and its links open in the whole window", async () => {
    const { messageId } = await env.EMAIL.send({ ...signIn, html: "<script>alert(1)</script>" });

    const page = await (await visit(`/mailbox/${messageId}`)).text();

    expect(page).toContain('sandbox="allow-same-origin allow-top-navigation-by-user-activation"');
    expect(page).toContain('srcdoc="&lt;base target=&quot;_top&quot;&gt;');
    expect(page).not.toContain("<script>alert");
  });

  it("addresses in the plain text are links", async () => {
    const { messageId } = await env.EMAIL.send(signIn);

    const page = await (await visit(`/mailbox/${messageId}`)).text();

    expect(page).toContain(
      '<a href="http://localhost:8787/sign-in/abc">http://localhost:8787/sign-in/abc</a>',
    );
  });

  it("a mail that is not there is a 404", async () => {
    expect((await visit("/mailbox/none")).status).toBe(404);
  });

  it("an emptied mailbox is empty", async () => {
    await env.EMAIL.send(signIn);

    const answer = await visit("/mailbox/empty", { method: "POST", redirect: "manual" });

    expect(answer.status).toBe(303);
    expect(await mailbox()).toEqual([]);
  });
});
