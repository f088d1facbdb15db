/**
 * Who a member of staff is, by what Cloudflare Access signs at the edge. The keys are Access's own, remembered, and
 * asked for anew when they are old or a token names one that is not known.
 * https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as z from "zod/mini";
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "../../domain/instant.ts";
import { log } from "../../log.ts";
import type { AccessSettings } from "../../settings.ts";

/** The address of the member of staff whom `token` names; null where it does not hold, whatever is wrong with it. */
export type IdentifyStaff = (token: string) => Promise<string | null>;

type Outside = { ask: (url: string, init: RequestInit) => Promise<Response>; now: () => Instant };

/** Keys are asked for anew after this long, and trusted for that long should Access not answer. It rotates every six weeks. */
const ASKED_ANEW_AFTER = HOUR;
const TRUSTED_FOR = DAY;
/** Whoever makes up names of keys makes us ask no more often than this. */
const ASKED_A_MINUTE = 10;
const ASKING_LASTS = 5 * SECOND;
/** Access's clock and ours may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) });
const claims = z.object({ email: z.email() });

/** Checks tokens for one application of one team: signature (RS256 alone), issuer, audience, and the time it holds for. */
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
      // The token itself is never logged: whoever has it is staff.
      log("staff_refused", { reason: error instanceof errors.JOSEError ? error.code : "keys_unavailable" });
      return null;
    }
  };
}

/** Finds the key that a token names among Access's, and asks Access for them where that is needed and not too often. */
function createKeys(url: string, { ask, now }: Outside): JWTVerifyGetKey {
  let known: { find: JWTVerifyGetKey; readAt: Instant } | null = null;
  let asked: Instant[] = [];

  /** Whether Access has answered with keys. */
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
