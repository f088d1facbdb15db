/** The mail with the sign-in link, as plain text and as a page that any mail program shows. */
import { html } from "hono/html";
import type { WriteMail } from "../operations/request-sign-in.ts";

/** The mail that brings `link`, in the seller's name. Mail programs know no stylesheet, hence the styles in place. */
export async function signInMail(seller: string, link: string): ReturnType<WriteMail> {
  const subject = `Sign in to ${seller}`;
  const text = [
    `Open this link to sign in to your ${seller} account:`,
    link,
    "It works once, within 15 minutes.",
    "You did not ask for it? Then ignore this mail: nobody can sign in without it.",
  ].join("\n\n");
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body style="margin:0;padding:32px 20px;font:16px/1.5 system-ui,sans-serif">
        <div style="max-width:440px;margin:0 auto">
          <p style="margin:0 0 24px;font-weight:600">{seller}</p>
          <h1 style="margin:0 0 16px;font-size:24px;line-height:1.25">Sign in to your account</h1>
          <p style="margin:0 0 24px">
            <a
              href={link}
              style="display:inline-block;padding:12px 24px;border-radius:8px;background:#4338ca;color:#ffffff;text-decoration:none;font-weight:600"
            >
              Sign in
            </a>
          </p>
          <p style="margin:0 0 24px;font-size:14px">
            It works once, within 15 minutes. Should the button not work, open this address:
            <br />
            <a href={link} style="word-break:break-all">
              {link}
            </a>
          </p>
          <p style="margin:0;font-size:14px;opacity:0.7">
            You did not ask for it? Then ignore this mail: nobody can sign in without it.
          </p>
        </div>
      </body>
    </html>
  );
  return { subject, text, html: (await html`<!doctype html>${page}`).toString() };
}
