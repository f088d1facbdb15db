/** The mailbox's two pages: the list, and one e-mail. */
import type { Mail } from "./mail.ts";

/** The list, newest first, with the e-mail address it is filtered by, if any. */
export function MailboxPage({ mails, recipient }: { mails: Mail[]; recipient: string }) {
  return (
    <div data-mailbox={mails[0]?.id ?? ""} data-count={String(mails.length)} data-recipient={recipient}>
      <header class="page-head">
        <h1>Mailbox</h1>
        {mails.length > 0 && (
          <form method="post" action="/stand-in/mailbox/empty">
            <button class="quiet">Empty the mailbox</button>
          </form>
        )}
      </header>
      <p class="lead">Every e-mail Denarius sends ends up here. Nothing leaves this machine.</p>
      {recipient !== "" && (
        <p>
          Showing mail to <strong>{recipient}</strong>. <a href="/stand-in/mailbox">Show all</a>
        </p>
      )}
      {mails.length === 0 ? <EmptyMailbox /> : <MailList mails={mails} />}
    </div>
  );
}

function EmptyMailbox() {
  return (
    <div class="empty">
      <p>
        <strong>No mail yet.</strong>
      </p>
      <p>
        Ask for a sign-in link on <a href="/">the product’s home page</a> and it appears here automatically.
      </p>
    </div>
  );
}

function MailList({ mails }: { mails: Mail[] }) {
  return (
    <ul class="mails">
      {mails.map((mail) => (
        <li>
          <a href={`/stand-in/mailbox/${mail.id}`}>
            <span class="mail-subject">{mail.subject}</span>
            <span class="mail-to">{mail.to.join(", ")}</span>
            <time dateTime={mail.receivedAt} data-time>
              {mail.receivedAt}
            </time>
            <span class="mail-start">{startOf(mail)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** One e-mail: its headers, its HTML as a mail client would show it, and its plain text. */
export function MailPage({ mail }: { mail: Mail }) {
  return (
    <article>
      <p>
        <a href="/stand-in/mailbox">← Mailbox</a>
      </p>
      <h1>{mail.subject}</h1>
      <dl class="mail-head">
        <Line name="From" value={mail.from} />
        <Line name="To" value={mail.to.join(", ")} />
        <Line name="Cc" value={mail.cc.join(", ")} />
        <Line name="Bcc" value={mail.bcc.join(", ")} />
        <Line name="Reply to" value={mail.replyTo ?? ""} />
        <div>
          <dt>Received</dt>
          <dd>
            <time dateTime={mail.receivedAt} data-time>
              {mail.receivedAt}
            </time>
          </dd>
        </div>
        {Object.entries(mail.headers).map(([name, value]) => (
          <Line name={name} value={value} />
        ))}
        {mail.attachments.map(({ filename, type, bytes }) => (
          <Line name="Attached" value={`${filename} (${type}, ${bytes} bytes)`} />
        ))}
      </dl>
      {mail.html !== null && <HtmlPart html={mail.html} />}
      {mail.text !== null && <TextPart text={mail.text} open={mail.html === null} />}
    </article>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return value === "" ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/**
 * An e-mail is untrusted HTML, so its iframe may not run scripts. Its links open in the whole window, so that a
 * sign-in link behaves as it would from a mail client. The same origin is allowed only so that the page around it
 * can measure how tall the e-mail is.
 */
function HtmlPart({ html }: { html: string }) {
  return (
    <section class="mail-frame" aria-label="E-mail">
      <iframe
        class="mail-html"
        title="E-mail"
        sandbox="allow-same-origin allow-top-navigation-by-user-activation"
        srcdoc={`<base target="_top">${html}`}
        data-fit
      ></iframe>
    </section>
  );
}

function TextPart({ text, open }: { text: string; open: boolean }) {
  return (
    <details class="mail-text" open={open}>
      <summary>Plain text</summary>
      <pre>{linked(text)}</pre>
    </details>
  );
}

/** The text with its URLs made into links; `split` with a capture group puts the URLs at odd indexes. */
function linked(text: string) {
  return text
    .split(/(https?:\/\/[^\s<>")\]]+)/)
    .map((piece, index) => (index % 2 === 1 ? <a href={piece}>{piece}</a> : piece));
}

function startOf(mail: Mail): string {
  const words = mail.text ?? (mail.html ?? "").replace(/<(style|head)[\s\S]*?<\/\1>|<[^>]*>/g, " ");
  return words.replace(/\s+/g, " ").trim().slice(0, 140);
}
