/** Settling performed on a small Stripe and database: from wherever an order and Stripe stand, it comes to rest and to an end. */
import { expect, it } from "vitest";
import { type PaymentFacts, paysExactly, type SetupFacts } from "../../src/domain/facts.ts";
import { DAY, HOUR } from "../../src/domain/instant.ts";
import { toCents } from "../../src/domain/money.ts";
import { log } from "../../src/log.ts";
import { explore, LOOKS } from "./lives.ts";
import {
  cardOf,
  CHECKS,
  NOW,
  orderIn,
  PAYMENT_STATUSES,
  paymentOf,
  product,
  SETUP_STATUSES,
  setupOf,
  type Sketch,
  STATES,
} from "./settling.ts";
import { EVERY_BANK, isOver, settle, type World } from "./stripe-world.ts";

/** Every order with everything Stripe may have for it: each state, age and set of known ids with each pair of intents. */
function everyWorld(): World[] {
  const madeAt = [NOW, NOW - DAY];
  const setups = product<Pick<SetupFacts, "status" | "card" | "createdAt">>({
    status: SETUP_STATUSES,
    card: [null, cardOf(CHECKS.pass), cardOf(CHECKS.fail)],
    createdAt: madeAt,
  }).map(({ status, ...rest }) => setupOf(status, rest));
  const payments = product<Pick<PaymentFacts, "status" | "checks" | "createdAt">>({
    status: PAYMENT_STATUSES,
    checks: [null, CHECKS.pass, CHECKS.fail],
    createdAt: madeAt,
  }).map(({ status, ...rest }) => paymentOf(status, rest));
  payments.push(
    paymentOf("succeeded", { amountCents: toCents(999) }),
    paymentOf("succeeded", { currency: "eur" }),
  );
  const orders = STATES.flatMap((state) =>
    product<Pick<Sketch, "payWith" | "age" | "verifiedAge" | "setupIntentId" | "paymentIntentId">>({
      payWith: ["new_card", "saved_card"],
      age: [0, HOUR],
      verifiedAge: [null, 0],
      setupIntentId: [null, "seti_1"],
      paymentIntentId: [null, "pi_1"],
    })
      // An order by saved card has no verification.
      .filter(({ payWith, setupIntentId }) => payWith === "new_card" || setupIntentId === null)
      .map((sketch) => orderIn(state, sketch)),
  );
  return orders.flatMap((order) => {
    const isByNewCard = order.payWith.kind === "new_card";
    // Stripe has every intent the order knows; of the others it may have none.
    return product<Omit<World, "order">>({
      setup: [...(order.setupIntentId === null ? [null] : []), ...(isByNewCard ? setups : [])],
      payment: [...(order.paymentIntentId === null ? [null] : []), ...payments],
      capture: ["automatic"],
      bank: [{ setup: "passes", charge: "approves", chargeChecks: "pass" }],
    }).map((rest) => Object.assign(rest, { order }));
  });
}

it("settling comes to rest within its bound of steps and to an end in time, from every order and whatever Stripe has for it", () => {
  const stuck = new Map<string, World>();
  let worlds = 0;
  let most = 0;
  for (const start of everyWorld()) {
    for (const asker of ["customer", "recovery"] as const) {
      worlds += 1;
      let { world, steps } = settle(start, asker, NOW);
      most = Math.max(most, steps);
      for (const later of LOOKS) {
        ({ world, steps } = settle(world, "recovery", NOW + later));
        most = Math.max(most, steps);
      }
      const isProcessing = world.payment?.status === "processing" || world.setup?.status === "processing";
      if (!isOver(world.order) && !isProcessing) {
        stuck.set(`${world.order.state} for ever`, start);
      }
      // Through the webhook, which names the payment, it is found whatever the order's state.
      const facts = world.payment === null ? {} : { payment: world.payment };
      ({ world } = settle(world, "recovery", NOW + 4 * DAY, facts));
      if (world.payment?.status === "succeeded" && start.order.state !== "paid") {
        const isOwed = paysExactly(world.payment, world.order);
        if (isOwed !== (world.order.state === "paid")) {
          stuck.set(`${world.order.state}, though ${isOwed ? "paid" : "not paid"} at Stripe`, start);
        }
      }
    }
  }
  log("worlds_settled", { worlds, most_steps: most });
  expect(Object.fromEntries(stuck)).toEqual({});
}, 60_000);

it("an order ends, and paid means credited, whatever two requests, crashes, challenges and delays make of it, with or without a webhook", () => {
  const total = { lives: 0, situations: 0, ends: 0 };
  for (const bank of EVERY_BANK) {
    // A saved card is not verified, so it needs only one of the banks that differ in verifying.
    for (const payWith of bank.setup === "passes"
      ? (["new_card", "saved_card"] as const)
      : (["new_card"] as const)) {
      const order = payWith === "new_card" ? orderIn("placed") : orderIn("paying", { payWith });
      const explored = explore({ order, setup: null, payment: null, capture: "automatic", bank });
      total.lives += 1;
      total.situations += explored.situations;
      total.ends += explored.ends;
    }
  }
  log("lives_explored", total);
  expect(total.situations).toBeGreaterThan(10_000);
}, 240_000);
