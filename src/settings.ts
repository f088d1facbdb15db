/** The deployment's settings: read from the environment once and checked. A wrong one is reported by its name. */
import * as z from "zod/mini";
import { toCredits } from "./domain/credits.ts";
import type { DuringDispute } from "./domain/dispute.ts";
import type { PriceList } from "./domain/prices.ts";

const httpUrl = z
  .string()
  .check(z.refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)));
const httpOrigin = z.pipe(
  httpUrl.check(z.refine((text) => URL.canParse(text) && new URL(text).pathname === "/")),
  z.transform((text) => new URL(text).origin),
);
const credits = z.pipe(
  z.coerce.number().check(z.refine(Number.isSafeInteger), z.minimum(1), z.maximum(1_000_000_000)),
  z.transform(toCredits),
);

const schema = z.object({
  /** Where customers reach this deployment, without a path: `https://credits.example.com`. */
  PUBLIC_URL: httpOrigin,
  SELLER_NAME: z.string().check(z.trim(), z.minLength(1), z.maxLength(100)),
  SELLER_EMAIL: z.email(),
  SELLER_ADDRESS: z._default(z.string().check(z.trim(), z.maxLength(500)), ""),
  MAIL_FROM: z.email(),
  CURRENCY: z.string().check(z.regex(/^[a-z]{3}$/)),
  /** The fewest and the most credits one order may buy. */
  MIN_CREDITS: z.prefault(credits, "100"),
  MAX_CREDITS: z.prefault(credits, "1000000"),
  /** After this many unpaid orders within an hour, an account must wait. */
  FAILED_ORDERS_PER_HOUR: z._default(
    z.coerce.number().check(z.refine(Number.isSafeInteger), z.minimum(1), z.maximum(1000)),
    10,
  ),
  /** After this many new-card orders within a day, paid or not, an account must wait or use a saved card. */
  NEW_CARDS_PER_DAY: z._default(
    z.coerce.number().check(z.refine(Number.isSafeInteger), z.minimum(1), z.maximum(10_000)),
    20,
  ),
  /** What is stopped while a dispute of an account is open: buying, buying and spending, or nothing. */
  DURING_DISPUTE: z._default(z.enum(["stop_buying", "stop_all", "nothing"]), "stop_buying"),
  /** Whether a payment the bank warns about is refunded automatically while that can still prevent a dispute. */
  REFUND_ON_FRAUD_WARNING: z._default(z.enum(["no", "yes"]), "no"),
  /** For how many days after paying customers may refund unused credits themselves; 0 means never. */
  SELF_SERVICE_REFUND_DAYS: z._default(
    z.coerce.number().check(z.refine(Number.isSafeInteger), z.minimum(0), z.maximum(180)),
    0,
  ),
  STRIPE_PUBLISHABLE_KEY: z.string().check(z.regex(/^pk_(test|live)_[A-Za-z0-9]+$/)),
  STRIPE_SECRET_KEY: z.string().check(z.regex(/^[rs]k_(test|live)_[A-Za-z0-9]+$/)),
  /** One secret, or two separated by a comma while one replaces the other. */
  STRIPE_WEBHOOK_SECRET: z.pipe(
    z.pipe(
      z.string(),
      z.transform((text) => text.split(",").map((secret) => secret.trim())),
    ),
    z.array(z.string().check(z.regex(/^whsec_\S+$/))).check(z.minLength(1)),
  ),
  STRIPE_JS_URL: z.union([httpUrl, z.string().check(z.regex(/^\/[\w./-]+$/))]),
  /** How staff are identified: the Cloudflare Access team, `<team>.cloudflareaccess.com`, and the application's audience tag. */
  ACCESS_TEAM_DOMAIN: z._default(
    z.union([z.literal(""), z.string().check(z.regex(/^(?:[a-z0-9-]+\.)+cloudflareaccess\.com$/))]),
    "",
  ),
  ACCESS_AUD: z._default(z.union([z.literal(""), z.string().check(z.regex(/^[0-9a-f]{64}$/))]), ""),
});

/** Every setting, checked. */
export type Settings = {
  publicUrl: string;
  seller: { name: string; email: string; address: string };
  mailFrom: string;
  limits: Pick<PriceList, "currency" | "minCredits" | "maxCredits">;
  failedOrdersPerHour: number;
  newCardsPerDay: number;
  duringDispute: DuringDispute;
  refundOnFraudWarning: "no" | "yes";
  selfServiceRefundDays: number;
  stripe: { publishableKey: string; secretKey: string; webhookSecrets: string[]; scriptUrl: string };
  /** Null if Access is not set up: then nobody is staff. */
  access: AccessSettings | null;
};

/** The team whose keys must sign the staff header, and the audience it must be signed for. */
export type AccessSettings = { teamDomain: string; audience: string };

/** The settings, or the name of the first that is missing or malformed; never its value. */
export type SettingsRead = { ok: true; settings: Settings } | { ok: false; setting: string };

/** The environment, with the bindings only a stand-in adds. */
type SettingsSource = Env & { STRIPE?: Fetcher; ACCESS?: Fetcher };

const readOnce = new WeakMap<object, SettingsRead>();

/** Reads and checks the settings in `env`; the answer is kept for as long as the runtime keeps `env`. */
export function readSettings(env: SettingsSource): SettingsRead {
  const known = readOnce.get(env);
  if (known !== undefined) {
    return known;
  }
  const read = checkSettings(env);
  readOnce.set(env, read);
  return read;
}

function checkSettings(env: SettingsSource): SettingsRead {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    return { ok: false, setting: String(parsed.error.issues[0]?.path[0] ?? "unknown") };
  }
  const { data } = parsed;
  const isLive = [data.STRIPE_SECRET_KEY, data.STRIPE_PUBLISHABLE_KEY].some((key) => key.includes("_live_"));
  // A live key is used only with Stripe itself, and only beside Stripe's own script.
  if (
    isLive &&
    (env.STRIPE !== undefined || new URL(data.STRIPE_JS_URL, data.PUBLIC_URL).host !== "js.stripe.com")
  ) {
    return { ok: false, setting: "STRIPE_JS_URL" };
  }
  if (data.STRIPE_SECRET_KEY.includes("_live_") !== data.STRIPE_PUBLISHABLE_KEY.includes("_live_")) {
    return { ok: false, setting: "STRIPE_PUBLISHABLE_KEY" };
  }
  // The example address in wrangler.toml must never take real money.
  if (isLive && !isPublicAddress(new URL(data.PUBLIC_URL))) {
    return { ok: false, setting: "PUBLIC_URL" };
  }
  // With live keys, staff are identified only by Access itself, never by a stand-in.
  if (isLive && env.ACCESS !== undefined) {
    return { ok: false, setting: "ACCESS_TEAM_DOMAIN" };
  }
  if ((data.ACCESS_TEAM_DOMAIN === "") !== (data.ACCESS_AUD === "")) {
    return { ok: false, setting: data.ACCESS_AUD === "" ? "ACCESS_AUD" : "ACCESS_TEAM_DOMAIN" };
  }
  return {
    ok: true,
    settings: {
      publicUrl: data.PUBLIC_URL,
      seller: { name: data.SELLER_NAME, email: data.SELLER_EMAIL, address: data.SELLER_ADDRESS },
      mailFrom: data.MAIL_FROM,
      limits: { currency: data.CURRENCY, minCredits: data.MIN_CREDITS, maxCredits: data.MAX_CREDITS },
      failedOrdersPerHour: data.FAILED_ORDERS_PER_HOUR,
      newCardsPerDay: data.NEW_CARDS_PER_DAY,
      duringDispute: data.DURING_DISPUTE,
      refundOnFraudWarning: data.REFUND_ON_FRAUD_WARNING,
      selfServiceRefundDays: data.SELF_SERVICE_REFUND_DAYS,
      stripe: {
        publishableKey: data.STRIPE_PUBLISHABLE_KEY,
        secretKey: data.STRIPE_SECRET_KEY,
        webhookSecrets: data.STRIPE_WEBHOOK_SECRET,
        scriptUrl: data.STRIPE_JS_URL,
      },
      access:
        data.ACCESS_AUD === "" ? null : { teamDomain: data.ACCESS_TEAM_DOMAIN, audience: data.ACCESS_AUD },
    },
  };
}

function isPublicAddress({ protocol, hostname }: URL): boolean {
  return protocol === "https:" && hostname !== "localhost" && !/(^|\.)example\.(com|org|net)$/.test(hostname);
}
