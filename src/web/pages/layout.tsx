/** The HTML document around every customer page: head, a header with the seller and the customer, and a footer. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";

/** A complete HTML document. `seller` is missing only if the settings themselves are. */
export function Layout({
  title,
  seller,
  email,
  head,
  children,
}: {
  title: string;
  seller?: { name: string; email: string };
  /** The signed-in customer's e-mail address; missing if nobody is signed in. */
  email?: string;
  /** Extra elements for the head, mostly scripts. */
  head?: Child;
  children?: Child;
}) {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{seller === undefined ? title : `${title} · ${seller.name}`}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/style.css" />
          {head}
        </head>
        <body>
          <header class="site-head">
            <a class="wordmark" href="/">
              {seller?.name ?? "Credits"}
            </a>
            {email !== undefined && (
              <form class="whoami" method="post" action="/sign-out">
                <span>{email}</span>
                <button class="quiet">Sign out</button>
              </form>
            )}
          </header>
          <main>{children}</main>
          {seller !== undefined && (
            <footer class="site-foot">
              Questions? Write to <a href={`mailto:${seller.email}`}>{seller.email}</a>.
            </footer>
          )}
        </body>
      </html>
    )}`;
}
