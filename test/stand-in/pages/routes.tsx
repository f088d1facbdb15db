/** Every /stand-in/ page except the mailbox and the staff sign-in. */
import { Hono } from "hono";
import { runCron } from "../../../src/cron/run.ts";
import { stripeState } from "../stripe/ask-stripe.ts";
import { recentPayments } from "../stripe/recent-payments.ts";
import { CardsPage } from "./cards.tsx";
import { DemoPage } from "./demo.tsx";
import { document } from "./document.tsx";
import { addressFrame, challengeFrame, paymentFrame } from "./elements.tsx";
import { IndexPage } from "./index.tsx";
import { PaymentsPage } from "./payments.tsx";
import { StripeLogPage } from "./stripe-log.tsx";

/** Mounted at /stand-in. */
export const pageRoutes = new Hono<{ Bindings: Cloudflare.Env }>();

/** Hono matches the mount path only without its slash, `/stand-in`; `/stand-in/` is like any other path. */
pageRoutes.get("/", (context) => context.redirect("/stand-in/"));
pageRoutes.get("*", (context, next) =>
  context.req.path === "/stand-in/"
    ? context.html(document(<IndexPage />, "Stand-in", "/stand-in/"))
    : next(),
);
pageRoutes.get("/cards", (context) => context.html(document(<CardsPage />, "Test cards", "/stand-in/cards")));
pageRoutes.get("/stripe-log", (context) =>
  context.html(document(<StripeLogPage />, "Stripe", "/stand-in/stripe-log")),
);
pageRoutes.get("/payments", async (context) => {
  const { payments } = recentPayments.parse(JSON.parse(await stripeState(context.env).payments()));
  return context.html(document(<PaymentsPage payments={payments} />, "Payments", "/stand-in/payments"));
});
pageRoutes.get("/elements/demo", (context) =>
  context.html(document(<DemoPage publishableKey={context.env.STRIPE_PUBLISHABLE_KEY} />, "Elements")),
);

/** Runs the cron now; `npm start` also runs it every five minutes. */
pageRoutes.post("/cron", async (context) => {
  try {
    await runCron(context.env);
    return context.json({ ran: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return context.json({ error: { message } }, 500);
  }
});

pageRoutes.get("/elements/payment", (context) => context.html(paymentFrame()));
pageRoutes.get("/elements/address", (context) => context.html(addressFrame()));
pageRoutes.get("/challenge", (context) => context.html(challengeFrame()));
