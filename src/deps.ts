/** What operations need of the outside, built from the environment. The only place that makes a Stripe client. */
import Stripe from "stripe";
import { type NewId, newId } from "./domain/ids.ts";
import type { Instant } from "./domain/instant.ts";
import type { MailFacts } from "./domain/mail.ts";
import { readSettings, type Settings } from "./settings.ts";
import { moneyBackMail } from "./web/money-back-mail.tsx";
import { createStaffIdentity, type IdentifyStaff } from "./web/staff/staff-identity.ts";

/** The bindings as the product knows them. `STRIPE` and `ACCESS` are bound only where a stand-in answers for them. */
export type Bindings = Env & { STRIPE?: Fetcher; ACCESS?: Fetcher };

/** Sends one mail; rejects when the mail service would not take it. */
export type SendMail = (mail: { to: string; subject: string; text: string; html: string }) => Promise<void>;

export type Deps = {
  db: D1Database;
  stripe: Stripe;
  sendMail: SendMail;
  /** Words a mail about money that went back; the wording is the pages' business. */
  writeMail: (facts: MailFacts) => Promise<Omit<Parameters<SendMail>[0], "to">>;
  identifyStaff: IdentifyStaff;
  settings: Settings;
  now: () => Instant;
  newId: NewId;
};

/** A call to Stripe is given up after this long, tried once more with the same key, and then left to recovery. */
const STRIPE_TIMEOUT_MILLISECONDS = 10_000;
const STRIPE_RETRIES = 1;

/** The dependencies, or the name of the setting that is missing or malformed. */
export function createDeps(env: Bindings): { ok: true; deps: Deps } | { ok: false; setting: string } {
  const read = readSettings(env);
  if (!read.ok) {
    return read;
  }
  const { settings } = read;
  return {
    ok: true,
    deps: {
      db: env.DB,
      stripe: createStripe(settings, env.STRIPE),
      sendMail: async (mail) => {
        await env.EMAIL.send({ from: { email: settings.mailFrom, name: settings.seller.name }, ...mail });
      },
      writeMail: (facts) => moneyBackMail(settings, facts),
      identifyStaff: staffIdentityOf(env, settings),
      settings,
      now: () => Date.now(),
      newId,
    },
  };
}

const identities = new WeakMap<object, IdentifyStaff>();

/** Made once for as long as the runtime keeps `env`, for it remembers the keys of Access. */
function staffIdentityOf(env: Bindings, { access }: Settings): IdentifyStaff {
  if (access === null) {
    return () => Promise.resolve(null);
  }
  const known = identities.get(env);
  if (known !== undefined) {
    return known;
  }
  const binding = env.ACCESS;
  const identity = createStaffIdentity(access, {
    ask: binding === undefined ? (url, init) => fetch(url, init) : (url, init) => binding.fetch(url, init),
    now: () => Date.now(),
  });
  identities.set(env, identity);
  return identity;
}

function createStripe(settings: Settings, binding: Fetcher | undefined): Stripe {
  return new Stripe(settings.stripe.secretKey, {
    httpClient: Stripe.createFetchHttpClient(
      binding === undefined
        ? undefined
        : (input: RequestInfo | URL, init?: RequestInit) => binding.fetch(input, init),
    ),
    maxNetworkRetries: STRIPE_RETRIES,
    timeout: STRIPE_TIMEOUT_MILLISECONDS,
    telemetry: false,
    appInfo: { name: "denarius" },
  });
}
