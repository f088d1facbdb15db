/** The HTML document around every staff page: navigation, who is signed in, and the sign-out link. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";

const PLACES = [
  { href: "/admin", name: "Overview" },
  { href: "/admin/books", name: "Books" },
];

/** A complete HTML document. `here` is the path of its navigation item, if it has one. */
export function StaffLayout({
  title,
  seller,
  staff,
  here,
  children,
}: {
  title: string;
  seller?: { name: string };
  /** The e-mail address of the member of staff who is signed in. */
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
