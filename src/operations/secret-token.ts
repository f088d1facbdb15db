/** Secrets that open something: random enough never to be guessed, and kept only as a hash. */

const TOKEN_BYTES = 32;

/** A new secret of 256 random bits, written so that it fits into an address and a cookie as it is. */
export function newSecretToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** What is stored of `token`: its SHA-256 in hexadecimal. The token needs no salt, being random itself. */
export async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
