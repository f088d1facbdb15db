/** Stores the e-mails in a single Durable Object, so that they survive a restart of the local Worker. */
import { DurableObject } from "cloudflare:workers";
import { bareAddress, type Mail } from "./mail.ts";

/** Only this many of the newest e-mails are kept. */
const kept = 500;

/** The mailbox itself. */
export class MailboxState extends DurableObject {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env);
    state.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS mails (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id     TEXT NOT NULL UNIQUE,
        mail   TEXT NOT NULL
      ) STRICT
    `);
  }

  /** Adds an e-mail as the newest. */
  receive(mail: Mail): void {
    this.ctx.storage.sql.exec("INSERT INTO mails (id, mail) VALUES (?1, ?2)", mail.id, JSON.stringify(mail));
    this.ctx.storage.sql.exec("DELETE FROM mails WHERE number <= (SELECT max(number) FROM mails) - ?1", kept);
  }

  /** All e-mails, or those sent to one e-mail address (to, cc or bcc, ignoring case), newest first. */
  list(recipient?: string): Mail[] {
    const mails = this.ctx.storage.sql
      .exec<{ mail: string }>("SELECT mail FROM mails ORDER BY number DESC")
      .toArray()
      .map((row) => readMail(row.mail));
    if (recipient === undefined) {
      return mails;
    }
    const wanted = bareAddress(recipient);
    return mails.filter((mail) =>
      [...mail.to, ...mail.cc, ...mail.bcc].some((each) => bareAddress(each) === wanted),
    );
  }

  /** The e-mail with this id; null if there is none. */
  find(id: string): Mail | null {
    const [row] = this.ctx.storage.sql
      .exec<{ mail: string }>("SELECT mail FROM mails WHERE id = ?1", id)
      .toArray();
    return row ? readMail(row.mail) : null;
  }

  /** Deletes every e-mail. */
  empty(): void {
    this.ctx.storage.sql.exec("DELETE FROM mails");
  }
}

/** The cast is safe because only `receive` writes these rows, from a `Mail`. */
function readMail(json: string): Mail {
  return JSON.parse(json) as Mail;
}
