/**
 * Identifies staff by the token Cloudflare Access signs at the edge. Access's public keys are cached, and fetched again
 * when they are old or a token names an unknown key.
 * https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as z from "zod/mini";
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "./domain/instant.ts";
import { log } from "./log.ts";
import type { AccessSettings } from "./settings.ts";

/** The e-mail address of the member of staff `token` names; null if the token is not valid for any reason. */
export type IdentifyStaff = (token: string) => Promise<string | null>;

type Outside = { ask: (url: string, init: RequestInit) => Promise<Response>; now: () => Instant };

/** Keys are fetched again after an hour, but trusted for a day if Access does not answer. Access rotates them every six weeks. */
const ASKED_ANEW_AFTER = HOUR;
const TRUSTED_FOR = DAY;
/** The most fetches per minute, even if someone sends tokens with made-up key ids. */
const ASKED_A_MINUTE = 10;
const ASKING_LASTS = 5 * SECOND;
/** Access's clock and ours may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) });
const claims = z.object({ email: z.email() });

/** Verifies tokens for one Access application: signature (RS256 only), issuer, audience and expiry. */
export function createStaffIdentity(access: AccessSettings, outside: Outside): IdentifyStaff {
  const issuer = `https://${access.teamDomain}`;
  const findKey = createKeys(`${issuer}/cdn-cgi/access/certs`, outside);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, findKey, {
        algorithms: ["RS256"],
        issuer,
        audience: access.audience,
        requiredClaims: ["exp", "email"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(outside.now()),
      });
      const known = claims.safeParse(payload);
      return known.success ? known.data.email : null;
    } catch (error) {
      // Never log the token itself: anyone who has it can act as staff.
      log("staff_refused", { reason: error instanceof errors.JOSEError ? error.code : "keys_unavailable" });
      return null;
    }
  };
}

/** Finds the key a token names among Access's keys, fetching them when needed but not too often. */
function createKeys(url: string, { ask, now }: Outside): JWTVerifyGetKey {
  let known: { find: JWTVerifyGetKey; readAt: Instant } | null = null;
  let asked: Instant[] = [];

  /** Fetches the keys; returns whether that worked. */
  async function askAnew(): Promise<boolean> {
    const at = now();
    asked = asked.filter((before) => before > at - MINUTE);
    if (asked.length >= ASKED_A_MINUTE) {
      return false;
    }
    asked.push(at);
    try {
      const response = await ask(url, { signal: AbortSignal.timeout(ASKING_LASTS), redirect: "manual" });
      const answer: JSONWebKeySet = keySet.parse(await response.json());
      known = { find: createLocalJWKSet(answer), readAt: at };
      return true;
    } catch (error) {
      log("access_keys_unavailable", { error: error instanceof Error ? error.message : "unknown" });
      return false;
    }
  }

  return async (header, token) => {
    if (known === null || known.readAt < now() - ASKED_ANEW_AFTER) {
      await askAnew();
    }
    if (known === null || known.readAt < now() - TRUSTED_FOR) {
      throw new Error("The keys of Access are not known");
    }
    try {
      return await known.find(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && (await askAnew())) {
        return known.find(header, token);
      }
      throw error;
    }
  };
}
