/** The keys that stand in for those of Cloudflare Access, in a Durable Object so that they survive a restart. */
import { DurableObject } from "cloudflare:workers";
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";

/** A stored key pair: the private half, which signs, and the public half, which is served. */
type StaffKey = { kid: string; signs: JWK; shown: JWK };

/** How long a header is valid; each request gets a new one. */
const HOLDS_FOR_SECONDS = 60;

/** The set of keys. The newest signs; the one before it is still served, as Access does. */
export class StaffState extends DurableObject<Env> {
  /** The public keys, as Access serves them. */
  async shown(): Promise<{ keys: JWK[] }> {
    return { keys: (await this.#keys()).map(({ shown }) => shown) };
  }

  /** The key that signs now. */
  async newest(): Promise<StaffKey> {
    const [newest] = await this.#keys();
    return newest ?? this.rotate();
  }

  /** Signs with a new key from now on. */
  async rotate(): Promise<StaffKey> {
    const kid = crypto.randomUUID();
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const about = { kid, alg: "RS256", use: "sig" };
    const key: StaffKey = {
      kid,
      signs: await exportJWK(privateKey),
      shown: { ...(await exportJWK(publicKey)), ...about },
    };
    const before = (await this.ctx.storage.get<StaffKey[]>("keys")) ?? [];
    await this.ctx.storage.put("keys", [key, ...before].slice(0, 2));
    return key;
  }

  /** The header for one member of staff, as Access would sign it. */
  async sign(email: string): Promise<string> {
    const { kid, signs } = await this.newest();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ email, type: "app", identity_nonce: kid.slice(0, 8), country: "US" })
      .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
      .setIssuer(`https://${this.env.ACCESS_TEAM_DOMAIN}`)
      .setAudience([this.env.ACCESS_AUD])
      .setSubject(`stand-in:${email}`)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + HOLDS_FOR_SECONDS)
      .sign(await importJWK(signs, "RS256"));
  }

  async #keys(): Promise<StaffKey[]> {
    const keys = await this.ctx.storage.get<StaffKey[]>("keys");
    return keys ?? [await this.rotate()];
  }
}

/** The one instance. */
export function staffState(env: Env) {
  return env.STAFF_STATE.getByName("staff");
}
