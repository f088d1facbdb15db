/** A browser at the front door: visits pages and submits forms; and the e-mails sent to an address. */
import { exports } from "cloudflare:workers";
import * as z from "zod";
import { ORIGIN } from "./customer.ts";

/** A page as a browser gets it; `text` is what a person reads, without the markup. */
export type Visit = {
  status: number;
  headers: Headers;
  location: string | null;
  cookie: string | null;
  html: string;
  text: string;
};

/** Visits a page, with a session's cookie if there is one. */
export function visit(path: string, cookie = ""): Promise<Visit> {
  return open(
    new Request(`${ORIGIN}${path}`, { redirect: "manual", headers: { Accept: "text/html", Cookie: cookie } }),
  );
}

/** Submits a form of our own page, or one of another site when `origin` says so. */
export function submit(
  path: string,
  fields: Record<string, string> = {},
  { cookie = "", origin = ORIGIN } = {},
): Promise<Visit> {
  return open(
    new Request(`${ORIGIN}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: { Accept: "text/html", Origin: origin, Cookie: cookie },
      body: new URLSearchParams(fields),
    }),
  );
}

async function open(request: Request): Promise<Visit> {
  const response = await exports.default.fetch(request);
  const html = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    location: response.headers.get("Location"),
    cookie: response.headers.get("Set-Cookie"),
    html,
    text: readable(html),
  };
}

const mails = z.array(z.object({ subject: z.string(), text: z.string(), html: z.string() }));

/** The e-mails sent to an address, newest first. */
export async function mailsTo(email: string) {
  const path = `/stand-in/mailbox.json?to=${encodeURIComponent(email)}`;
  const response = await exports.default.fetch(`${ORIGIN}${path}`);
  return mails.parse(await response.json());
}

/** The path of the newest sign-in link sent to an address. */
export async function linkSentTo(email: string): Promise<string> {
  const [newest] = await mailsTo(email);
  const path = /\/sign-in\/[\w-]+/.exec(newest?.text ?? "")?.[0];
  if (path === undefined) {
    throw new Error("There is no sign-in link in the mailbox");
  }
  return path;
}

function readable(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    .trim();
}
