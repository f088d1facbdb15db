/** The HTML document around every /stand-in/ page that people open. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";

const places = [
  { href: "/stand-in/", name: "Stand-in" },
  { href: "/stand-in/mailbox", name: "Mailbox" },
  { href: "/stand-in/cards", name: "Test cards" },
  { href: "/stand-in/payments", name: "Payments" },
  { href: "/stand-in/stripe-log", name: "Stripe" },
  { href: "/stand-in/staff", name: "Staff" },
  { href: "/", name: "Product ↗" },
];

/** A complete HTML document around `content`. `here` is the path of its navigation item, if it has one. */
export function document(content: Child, title: string, here = "") {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>{`${title} · local stand-in`}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/stand-in/pages.css" />
          <script type="module" src="/stand-in/pages.js"></script>
        </head>
        <body>
          <nav aria-label="Stand-in">
            {places.map(({ href, name }) => (
              <a href={href} {...(href === here ? { "aria-current": "page" } : {})}>
                {name}
              </a>
            ))}
          </nav>
          <main>{content}</main>
        </body>
      </html>
    )}`;
}
