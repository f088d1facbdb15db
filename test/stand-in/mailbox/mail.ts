/**
 * What the mailbox keeps of an e-mail, and how it reads the message the product passes to the `send_email`
 * binding. A message must meet the rules of Cloudflare's Email Service
 * (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/).
 */
import { z } from "zod";

/** An e-mail as the mailbox keeps it. Addresses are plain or `Name <address>`; `receivedAt` is ISO 8601. */
export type Mail = {
  id: string;
  receivedAt: string;
  from: string;
  to: string[];
  cc: string[];
  bcc: string[];
  replyTo: string | null;
  subject: string;
  text: string | null;
  html: string | null;
  headers: Record<string, string>;
  attachments: { filename: string; type: string; bytes: number }[];
};

/** The most recipients, counting to, cc and bcc together, that Cloudflare accepts in a message. */
const mostRecipients = 50;

const plainAddress = z.email();
const address = z.union([plainAddress, z.strictObject({ name: z.string(), email: plainAddress })]);
const addresses = z
  .union([address, z.array(address).min(1)])
  .transform((given) => (Array.isArray(given) ? given : [given]).map((each) => displayAddress(each)));

const content = z.union([
  z.string(),
  z.instanceof(ArrayBuffer),
  z.custom<ArrayBufferView>((given) => ArrayBuffer.isView(given)),
]);
const attachment = z
  .strictObject({
    disposition: z.enum(["attachment", "inline"]),
    contentId: z.string().optional(),
    filename: z.string().min(1),
    type: z.string().min(1),
    content,
  })
  .transform(({ filename, type, content: body }) => ({ filename, type, bytes: decodedBytes(body) }));

const message = z
  .strictObject({
    from: address.transform((given) => displayAddress(given)),
    to: addresses.default([]),
    cc: addresses.default([]),
    bcc: addresses.default([]),
    replyTo: address.transform((given) => displayAddress(given)).optional(),
    subject: z.string().min(1),
    text: z.string().optional(),
    html: z.string().optional(),
    headers: z.record(z.string(), z.string()).default({}),
    attachments: z.array(attachment).default([]),
  })
  .superRefine((mail, context) => {
    const recipients = mail.to.length + mail.cc.length + mail.bcc.length;
    if (recipients === 0) {
      context.addIssue({
        code: "custom",
        path: ["to"],
        message: "at least one of to, cc or bcc is required",
      });
    }
    if (recipients > mostRecipients) {
      context.addIssue({ code: "custom", path: ["to"], message: `at most ${mostRecipients} recipients` });
    }
    if (mail.text === undefined && mail.html === undefined) {
      context.addIssue({ code: "custom", path: ["text"], message: "a text or an html body is required" });
    }
  });

/**
 * Reads what the product passed to `send`. Returns either the e-mail, still without the id and time it gets
 * when received, or the reason Cloudflare would have refused it.
 */
export function readMessage(
  given: unknown,
): { ok: true; mail: Omit<Mail, "id" | "receivedAt"> } | { ok: false; reason: string } {
  const parsed = message.safeParse(given);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    return { ok: false, reason: first ? `${first.path.join(".")}: ${first.message}` : "not a message" };
  }
  const { replyTo, text, html, ...rest } = parsed.data;
  return { ok: true, mail: { ...rest, replyTo: replyTo ?? null, text: text ?? null, html: html ?? null } };
}

/** The bare e-mail address inside `Name <address>`, in lower case, for comparing. */
export function bareAddress(display: string): string {
  return (/<([^>]*)>$/.exec(display)?.[1] ?? display).trim().toLowerCase();
}

function displayAddress(given: z.output<typeof address>): string {
  return typeof given === "string" ? given : `${given.name} <${given.email}>`;
}

/** The size in bytes. A string is base64, as the Email Service expects. */
function decodedBytes(body: z.output<typeof content>): number {
  return typeof body === "string" ? Math.floor((body.replace(/=+$/, "").length * 3) / 4) : body.byteLength;
}
