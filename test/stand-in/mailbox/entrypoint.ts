/**
 * Where the product's e-mail goes locally: an entrypoint with the same `send` as Cloudflare's `send_email`
 * binding, which fills the mailbox at /stand-in/mailbox.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { bareAddress, readMessage, type Mail } from "./mail.ts";

/** Mail to an e-mail address that begins with this is refused, to try how the product copes. */
const undeliverable = "undeliverable";

/** The product's `env.EMAIL`. */
export class Mailbox extends WorkerEntrypoint implements SendEmail {
  /**
   * Takes a message in the builder form. Throws, as the binding does, an Error with a `code`:
   * `E_VALIDATION_ERROR` for a message Cloudflare would refuse (a raw MIME message too, which the stand-in
   * does not take), `E_DELIVERY_FAILED` for a recipient whose e-mail address begins with "undeliverable".
   */
  async send(message: EmailMessage | EmailMessageBuilder): Promise<EmailSendResult> {
    const read = readMessage(message);
    if (!read.ok) {
      throw sendError("E_VALIDATION_ERROR", read.reason);
    }
    const { to, cc, bcc } = read.mail;
    const refused = [...to, ...cc, ...bcc].find((each) => bareAddress(each).startsWith(undeliverable));
    if (refused !== undefined) {
      throw sendError("E_DELIVERY_FAILED", `no mail server would take mail for ${refused}`);
    }
    const mail: Mail = { id: crypto.randomUUID(), receivedAt: new Date().toISOString(), ...read.mail };
    await mailboxState(this.env).receive(mail);
    return { messageId: mail.id };
  }
}

/** The one mailbox. */
export function mailboxState(env: Cloudflare.Env) {
  return env.MAILBOX_STATE.getByName("mailbox");
}

function sendError(code: string, reason: string): Error {
  return Object.assign(new Error(reason), { code });
}
