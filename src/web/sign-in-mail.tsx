/** The mail with the sign-in link, as plain text and as a page that any mail program shows. */
import type { WriteMail } from "../operations/request-sign-in.ts";
import { MailButton, mailHtml, MailPage } from "./components/mail-page.tsx";

/** The mail that brings `link`, in the seller's name. */
export async function signInMail(seller: string, link: string): ReturnType<WriteMail> {
  const subject = `Sign in to ${seller}`;
  const text = [
    `Open this link to sign in to your ${seller} account:`,
    link,
    "It works once, within 15 minutes.",
    "You did not ask for it? Then ignore this mail: nobody can sign in without it.",
  ].join("\n\n");
  const page = (
    <MailPage
      seller={seller}
      subject={subject}
      heading="Sign in to your account"
      fine="You did not ask for it? Then ignore this mail: nobody can sign in without it."
    >
      <MailButton href={link} label="Sign in" />
      <p style="margin:0 0 24px;font-size:14px">
        It works once, within 15 minutes. Should the button not work, open this address:
        <br />
        <a href={link} style="word-break:break-all">
          {link}
        </a>
      </p>
    </MailPage>
  );
  return { subject, text, html: await mailHtml(page) };
}
