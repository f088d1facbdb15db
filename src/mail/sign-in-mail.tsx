/** The e-mail with the sign-in link, as plain text and as HTML that any mail client can show. */
import { MailButton, mailHtml, MailPage } from "./mail-page.tsx";

const NOT_ASKED_FOR = "If you did not ask for this e-mail, ignore it: nobody can sign in without the link.";

/** The e-mail that carries `link`, in the seller's name. */
export async function signInMail(
  seller: string,
  link: string,
): Promise<{ subject: string; text: string; html: string }> {
  const subject = `Sign in to ${seller}`;
  const text = [
    `Open this link to sign in to your ${seller} account:`,
    link,
    "The link works once, within 15 minutes.",
    NOT_ASKED_FOR,
  ].join("\n\n");
  const page = (
    <MailPage seller={seller} subject={subject} heading="Sign in to your account" fine={NOT_ASKED_FOR}>
      <MailButton href={link} label="Sign in" />
      <p style="margin:0 0 24px;font-size:14px">
        The link works once, within 15 minutes. If the button does not work, open this link:
        <br />
        <a href={link} style="word-break:break-all">
          {link}
        </a>
      </p>
    </MailPage>
  );
  return { subject, text, html: await mailHtml(page) };
}
