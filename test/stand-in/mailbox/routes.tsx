/** The mailbox's routes: pages for people, JSON for tests. */
import { Hono } from "hono";
import { mailboxState } from "./entrypoint.ts";
import type { Mail } from "./mail.ts";
import { MailPage, MailboxPage } from "./pages.tsx";
import { document } from "../pages/document.tsx";

/** Mounted at /stand-in. */
export const mailboxRoutes = new Hono<{ Bindings: Cloudflare.Env }>();

mailboxRoutes.get("/mailbox", async (context) => {
  const recipient = context.req.query("to") ?? "";
  const mails = await mailboxState(context.env).list(recipient === "" ? undefined : recipient);
  const page = <MailboxPage mails={mails} recipient={recipient} />;
  return context.html(document(page, "Mailbox", "/stand-in/mailbox"));
});

mailboxRoutes.get("/mailbox.json", async (context) => {
  const mails = await mailboxState(context.env).list(context.req.query("to"));
  return context.json(mails.map((mail) => mailJson(mail)));
});

mailboxRoutes.get("/mailbox/:id", async (context) => {
  const mail = await mailboxState(context.env).find(context.req.param("id"));
  return mail
    ? context.html(document(<MailPage mail={mail} />, mail.subject))
    : context.html(document(<NoSuchMail />, "E-mail not found"), 404);
});

mailboxRoutes.delete("/mailbox", async (context) => {
  await mailboxState(context.env).empty();
  return context.body(null, 204);
});

/** The same as DELETE, for an HTML form. */
mailboxRoutes.post("/mailbox/empty", async (context) => {
  await mailboxState(context.env).empty();
  return context.redirect("/stand-in/mailbox", 303);
});

/** The shape tests rely on. `to` is one string, because nearly every e-mail has one recipient. */
function mailJson(mail: Mail) {
  return {
    id: mail.id,
    received_at: mail.receivedAt,
    from: mail.from,
    to: mail.to.join(", "),
    cc: mail.cc,
    bcc: mail.bcc,
    reply_to: mail.replyTo,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    attachments: mail.attachments,
  };
}

function NoSuchMail() {
  return (
    <>
      <h1>E-mail not found</h1>
      <p>
        It may have been deleted. <a href="/stand-in/mailbox">Back to the mailbox</a>
      </p>
    </>
  );
}
