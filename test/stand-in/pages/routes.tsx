/** Everything under /stand-in/ that a person sees, but for the mailbox. */
import { Hono } from "hono";
import { CardsPage } from "./cards.tsx";
import { DemoPage } from "./demo.tsx";
import { document } from "./document.tsx";
import { addressFrame, challengeFrame, paymentFrame } from "./elements.tsx";
import { IndexPage } from "./index.tsx";
import { StripeLogPage } from "./stripe-log.tsx";

/** Mounted at /stand-in. */
export const pageRoutes = new Hono<{ Bindings: Cloudflare.Env }>();

/** Hono knows the mount itself as `/stand-in` alone; with its slash it is any other path. */
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
pageRoutes.get("/elements/demo", (context) =>
  context.html(document(<DemoPage publishableKey={context.env.STRIPE_PUBLISHABLE_KEY} />, "Elements")),
);

pageRoutes.get("/elements/payment", (context) => context.html(paymentFrame()));
pageRoutes.get("/elements/address", (context) => context.html(addressFrame()));
pageRoutes.get("/challenge", (context) => context.html(challengeFrame()));
