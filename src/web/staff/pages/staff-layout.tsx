/** The document around every page of staff: where one is, who one is, and the way out. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";

const PLACES = [
  { href: "/admin", name: "Overview" },
  { href: "/admin/books", name: "Books" },
];

/** A whole HTML document. `here` is the address of the place it belongs to, if it is one. */
export function StaffLayout({
  title,
  seller,
  staff,
  here,
  children,
}: {
  title: string;
  seller?: { name: string };
  /** The address of the member of staff who looks at it. */
  staff: string;
  here?: string;
  children?: Child;
}) {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>{`${title} · ${seller === undefined ? "Staff" : `${seller.name} staff`}`}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/style.css" />
          <link rel="stylesheet" href="/staff.css" />
        </head>
        <body class="staff">
          <header class="site-head">
            <nav aria-label="Staff">
              <a class="wordmark" href="/admin">
                {seller?.name ?? "Credits"} <span class="fine">staff</span>
              </a>
              {PLACES.map(({ href, name }) => (
                <a href={href} {...(href === here && { "aria-current": "page" })}>
                  {name}
                </a>
              ))}
            </nav>
            <p class="whoami">
              <span>{staff}</span>
              <a href="/cdn-cgi/access/logout">Sign out</a>
            </p>
          </header>
          <main>{children}</main>
        </body>
      </html>
    )}`;
}
