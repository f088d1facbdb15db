/** Ids and secrets in the form Stripe gives them. */

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A new id, such as `pi_3QdN…`: the prefix and 24 letters and digits. */
export function newId(prefix: string): string {
  return `${prefix}_${randomLetters(24)}`;
}

/** The secret a browser proves an intent with: the intent's id, `_secret_` and 25 letters and digits. */
export function newClientSecret(id: string): string {
  return `${id}_secret_${randomLetters(25)}`;
}

/** Letters and digits nobody can guess. */
export function randomLetters(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
}
