// The bindings that only the local Worker has, in addition to the product's own (src/env.d.ts).
declare namespace Cloudflare {
  interface Env {
    /** Stripe's API, as the product reaches it: unbound in production, the stand-in here. */
    STRIPE: Fetcher;
    STRIPE_STATE: DurableObjectNamespace<import("./stripe/state.ts").StripeState>;
    MAILBOX_STATE: DurableObjectNamespace<import("./mailbox/state.ts").MailboxState>;
    /** Where the product reads the keys of Cloudflare Access: unbound in production, the stand-in here. */
    ACCESS: Fetcher;
    STAFF_STATE: DurableObjectNamespace<import("./staff/state.ts").StaffState>;
    /** The product's own fetch, so the stand-in can deliver webhooks to it. */
    PRODUCT: Fetcher;
    /** "automatic" when unset; tests set "on_demand" and decide themselves when an event arrives. */
    WEBHOOK_DELIVERY?: "automatic" | "on_demand";
    /** Only in tests: what the database starts with. */
    TEST_SEED: string;
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}

// In test code, a Worker's environment is the local Worker's.
interface Env extends Cloudflare.Env {}
