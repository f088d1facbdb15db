/** What the tests of /admin share: a member of staff at the front door, with the header that Access would add. */
import { env, exports } from "cloudflare:workers";
import { importJWK, SignJWT } from "jose";
import { ORIGIN } from "../support/customer.ts";
import { staffState } from "../stand-in/staff/state.ts";

export const HEADER = "Cf-Access-Jwt-Assertion";
export const ISSUER = `https://${env.ACCESS_TEAM_DOMAIN}`;

/** A page or an answer as staff get it; `text` is what a person reads, without the markup. */
export type Seen = { status: number; headers: Headers; location: string | null; html: string; text: string };

/** A member of staff: visits pages, submits forms, and asks for JSON. */
export function staffMember(email = "staff@example.com") {
  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set(HEADER, await staffState(env).sign(email));
    return exports.default.fetch(new Request(`${ORIGIN}${path}`, { redirect: "manual", ...init, headers }));
  }
  return {
    email,
    ask,

    async visits(path: string): Promise<Seen> {
      return toSeen(await ask(path, { headers: { Accept: "text/html" } }));
    },

    async submits(path: string, fields: Record<string, string> = {}, origin = ORIGIN): Promise<Seen> {
      return toSeen(
        await ask(path, {
          method: "POST",
          headers: { Accept: "text/html", Origin: origin },
          body: new URLSearchParams(fields),
        }),
      );
    },

    async reads(path: string): Promise<unknown> {
      const response = await ask(path, { headers: { Accept: "application/json" } });
      return response.json();
    },

    async posts(path: string, body: unknown = {}): Promise<{ status: number; body: unknown }> {
      const response = await ask(path, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
  };
}

async function toSeen(response: Response): Promise<Seen> {
  const html = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    location: response.headers.get("Location"),
    html,
    text: readable(html),
  };
}

/** What a form on a page would send: its hidden fields and whatever is filled in already. */
export function fieldsOf({ html }: Seen, action: string): Record<string, string> {
  const form = new RegExp(`<form[^>]*action="${action}"[^>]*>(.*?)</form>`, "s").exec(html)?.[1];
  if (form === undefined) {
    throw new Error(`The page has no form for ${action}`);
  }
  const inputs = form.matchAll(/<input[^>]*\bname="([^"]*)"[^>]*\bvalue="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, value]));
}

/** A token as Access signs it, except for the header and claims that the test gives. */
export async function signedAs(
  claims: Record<string, unknown>,
  { kid, signs }: { kid?: string; signs?: Parameters<typeof importJWK>[0] } = {},
): Promise<string> {
  const key = await staffState(env).newest();
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: ISSUER,
    aud: [env.ACCESS_AUD],
    email: "staff@example.com",
    iat: now,
    nbf: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: "RS256", kid: kid ?? key.kid })
    .sign(await importJWK(signs ?? key.signs, "RS256"));
}

function readable(html: string): string {
  return html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/h\d|\/dt|\/dd|\/td)[^>]*>/g, " ")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    .trim();
}
