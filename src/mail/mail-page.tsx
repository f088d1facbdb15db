/** The HTML of an e-mail. Its styles are inline, because mail clients ignore stylesheets. */
import type { PropsWithChildren } from "hono/jsx";
import { html } from "hono/html";

/** The layout of an e-mail: the seller, a heading, the content, and in small print why it came or who can help. */
export function MailPage({
  seller,
  subject,
  heading,
  fine,
  children,
}: PropsWithChildren<{ seller: string; subject: string; heading: string; fine: string }>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body style="margin:0;padding:32px 20px;font:16px/1.5 system-ui,sans-serif">
        <div style="max-width:440px;margin:0 auto">
          <p style="margin:0 0 24px;font-weight:600">{seller}</p>
          <h1 style="margin:0 0 16px;font-size:24px;line-height:1.25">{heading}</h1>
          {children}
          <p style="margin:0;font-size:14px;opacity:0.7">{fine}</p>
        </div>
      </body>
    </html>
  );
}

/** The e-mail's main action. */
export function MailButton({ href, label }: { href: string; label: string }) {
  return (
    <p style="margin:8px 0 24px">
      <a
        href={href}
        style="display:inline-block;padding:12px 24px;border-radius:8px;background:#4338ca;color:#ffffff;text-decoration:none;font-weight:600"
      >
        {label}
      </a>
    </p>
  );
}

/** The page as an HTML string. */
export async function mailHtml(page: ReturnType<typeof MailPage>): Promise<string> {
  return (await html`<!doctype html>${page}`).toString();
}
