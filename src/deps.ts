/** What operations need from the outside, built from the environment. The only place that creates a Stripe client. */
import Stripe from "stripe";
import { createStaffIdentity, type IdentifyStaff } from "./access.ts";
import { type NewId, newId } from "./domain/ids.ts";
import type { Instant } from "./domain/instant.ts";
import type { MailFacts } from "./domain/mail.ts";
import { moneyBackMail } from "./mail/money-back-mail.tsx";
import { readSettings, type Settings } from "./settings.ts";

/** The product's bindings. `STRIPE` and `ACCESS` are bound only if a stand-in answers for them. */
export type Bindings = Env & { STRIPE?: Fetcher; ACCESS?: Fetcher };

/** Sends one e-mail; rejects if the mail service does not accept it. */
export type SendMail = (mail: { to: string; subject: string; text: string; html: string }) => Promise<void>;

export type Deps = {
  db: D1Database;
  stripe: Stripe;
  sendMail: SendMail;
  /** Writes an e-mail about money that went back; the wording lives in the web folder. */
  writeMail: (facts: MailFacts) => Promise<Omit<Parameters<SendMail>[0], "to">>;
  identifyStaff: IdentifyStaff;
  settings: Settings;
  now: () => Instant;
  newId: NewId;
};

/** A call to Stripe times out after this long, is retried once with the same idempotency key, and is then left to recovery. */
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

/** What `createDeps` makes, where nobody could be told that a setting is missing or malformed: then it throws. */
export function requireDeps(env: Bindings): Deps {
  const created = createDeps(env);
  if (!created.ok) {
    throw new Error(`The setting ${created.setting} is missing or malformed`);
  }
  return created.deps;
}

const identities = new WeakMap<object, IdentifyStaff>();

/** Created once for as long as the runtime keeps `env`, because it caches the keys of Access. */
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
