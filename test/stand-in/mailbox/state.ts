/** Keeps the mails. One instance, in a Durable Object so that they survive a restart of the local Worker. */
import { DurableObject } from "cloudflare:workers";
import { bareAddress, type Mail } from "./mail.ts";

/** Old mails are forgotten beyond this many: the mailbox is for looking, not for keeping. */
const kept = 500;

/** The mailbox itself. Mails are listed newest first. */
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

  /** Puts one mail on top. */
  receive(mail: Mail): void {
    this.ctx.storage.sql.exec("INSERT INTO mails (id, mail) VALUES (?1, ?2)", mail.id, JSON.stringify(mail));
    this.ctx.storage.sql.exec("DELETE FROM mails WHERE number <= (SELECT max(number) FROM mails) - ?1", kept);
  }

  /** All mails, or those that went to one address (to, cc or bcc, whatever its case), newest first. */
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

  /** One mail, or null when there is none of that id. */
  find(id: string): Mail | null {
    const [row] = this.ctx.storage.sql
      .exec<{ mail: string }>("SELECT mail FROM mails WHERE id = ?1", id)
      .toArray();
    return row ? readMail(row.mail) : null;
  }

  /** Forgets every mail. */
  empty(): void {
    this.ctx.storage.sql.exec("DELETE FROM mails");
  }
}

/** The row was written by `receive` from a Mail, and by nothing else. */
function readMail(json: string): Mail {
  return JSON.parse(json) as Mail;
}
