/** Secret tokens: too random to be guessed, and stored only as a hash. */

const TOKEN_BYTES = 32;

/** A new secret of 256 random bits, in unpadded base64url, so that it fits a URL and a cookie as it is. */
export function newSecretToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** What is stored of `token`: its SHA-256 in hexadecimal. It needs no salt, because the token is random. */
export async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
