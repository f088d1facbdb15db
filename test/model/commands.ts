/** What can happen, as fast-check commands: customers buy, come back and answer their bank; money goes back; things fail; time passes. */
import * as fc from "fast-check";
import { toCredits } from "../../src/domain/credits.ts";
import { type AccountId, newId } from "../../src/domain/ids.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import { type CrashPoint, D1_WAYS, STRIPE_WAYS } from "../crash/faults.ts";
import { typedCard } from "../stand-in/stripe/support.ts";
import { assertAlwaysTrue } from "./invariants.ts";
import { type CardKind, CARDS, type Model, type ModelOrder, type ModelRefund, priceOf } from "./model.ts";
import * as real from "./world.ts";

type Command = fc.AsyncCommand<Model, real.World>;

/** How many accounts a world has. */
export const ACCOUNTS = 2;

/** Anything that can happen, in any order. */
export function anyCommands(most: number) {
  const account = fc.nat({ max: ACCOUNTS - 1 });
  const order = fc.nat({ max: 50 });
  const card = fc.constantFrom<CardKind[]>(
    "good",
    "good",
    "refunds_slowly",
    "challenged",
    "unanswered",
    "answered_late",
    "refused_late",
    "refused",
    "declined",
    "declined_at_payment",
  );
  const credits = fc.oneof(fc.integer({ min: 100, max: 9000 }), fc.integer({ min: 10_001, max: 15_000 }));
  const cents = fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.constant(1_000_000));
  const seed = fc.nat();
  const nth = fc.integer({ min: 1, max: 5 });
  const point = fc.oneof(
    fc
      .tuple(nth, fc.constantFrom(...STRIPE_WAYS))
      .map(([at, way]): CrashPoint => ({ at: "stripe", nth: at, way })),
    fc.tuple(nth, fc.constantFrom(...D1_WAYS)).map(([at, way]): CrashPoint => ({ at: "d1", nth: at, way })),
  );
  return fc.commands(
    [
      ...[1, 2, 3, 4].map(() =>
        fc.tuple(account, card, credits, fc.integer({ min: 1, max: 3 }), seed).map((given) => buys(...given)),
      ),
      fc.tuple(account, order, credits).map((given) => paysAgain(...given)),
      order.map(comesBack),
      fc
        .tuple(
          order,
          fc.constantFrom<("authenticated" | "failed")[]>("authenticated", "authenticated", "failed"),
        )
        .map((given) => answersBank(...given)),
      fc
        .tuple(
          fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 1, max: 3 }),
        )
        .map((given) => stripeDelivers(...given)),
      fc.tuple(account, point).map((given) => somethingFailsNext(...given)),
      account.map(objectIsReplaced),
      account.map(alarmRings),
      fc.constant(cronRuns),
      fc.constant(booksAreCompared),
      fc.tuple(account, seed).map((given) => everythingAtOnce(...given)),
      fc.tuple(order, cents).map((given) => moneyGoesBack(...given)),
      ...[1, 2].map(() =>
        fc
          .tuple(
            order,
            cents,
            fc.constantFrom<ModelRefund["by"][]>("staff", "staff", "customer"),
            fc.integer({ min: 1, max: 2 }),
            fc.boolean(),
            seed,
          )
          .map((given) => somebodyRefunds(...given)),
      ),
      fc.nat({ max: 20 }).map(somebodyAsksAgain),
      fc
        .tuple(order, fc.constantFrom<RefundOutcome[]>("succeeds", "fails", "is_called_off"))
        .map((given) => refundTurns(...given)),
      fc.tuple(order, cents, fc.boolean()).map((given) => isDisputed(...given)),
      fc
        .tuple(
          order,
          fc.constantFrom(
            "won",
            "lost",
            "under_review",
            "needs_response",
            "warning_closed",
            "appeal_under_review",
          ),
        )
        .map((given) => disputeMoves(...given)),
      order.map(bankWarns),
      fc.tuple(account, fc.integer({ min: 1, max: 100 })).map((given) => spends(...given)),
      fc.constantFrom(SECOND, 45 * SECOND, 5 * MINUTE, 20 * MINUTE, 70 * MINUTE, 25 * HOUR).map(timePasses),
    ],
    { maxCommands: most, size: "max" },
  );
}

/** A customer buys with a new card, clicking that many times at once. */
function buys(account: number, card: CardKind, credits: number, clicks: number, seed: number): Command {
  return command(`buy(${account}, ${card}, ${credits} credits, ${clicks} clicks)`, async (model) => {
    const accountId = accountAt(model, account);
    // The bank goes on answering so until the next customer buys with a new card.
    await real.bankAnswers(CARDS[card].checks ?? "as_card");
    const payWith = {
      kind: "new_card",
      confirmationToken: await typedCard(CARDS[card].number),
      saveCard: true,
    } as const;
    const content = { credits: toCredits(credits), payWith };
    const order: ModelOrder = {
      accountId,
      placing: { orderId: newId("ord"), content },
      card,
      challenge: null,
      seen: null,
    };
    model.orders.set(order.placing.orderId, order);
    if (clicks > 1) {
      real.interleave(accountId, seed);
    }
    await askAtOnce(model, order, clicks, () => real.place(order));
  });
}

/** A customer buys with a card they have paid with before. */
function paysAgain(account: number, which: number, credits: number): Command {
  return command(
    `payAgain(${account}, ${credits} credits)`,
    async (model) => {
      const accountId = accountAt(model, account);
      const before = goodOrders(model, accountId)[which % goodOrders(model, accountId).length];
      const cardId = before === undefined ? null : await real.cardOf(before);
      if (before === undefined || cardId === null) {
        return;
      }
      const content = { credits: toCredits(credits), payWith: { kind: "saved_card", cardId } } as const;
      const placing = { orderId: newId("ord"), content };
      const order: ModelOrder = { ...before, placing, challenge: null, seen: null };
      model.orders.set(order.placing.orderId, order);
      await askAtOnce(model, order, 1, () => real.place(order));
    },
    (model) => goodOrders(model, accountAt(model, account)).length > 0,
  );
}

/** A customer presses "I paid, where is it?", or the page comes back from a challenge. */
function comesBack(which: number): Command {
  return command(
    `comeBack(${which})`,
    async (model) => {
      const order = orderAt(model, which);
      await askAtOnce(model, order, 1, () => real.settle(order));
    },
    hasOrders,
  );
}

/** A customer answers the bank, and may or may not come back afterwards. */
function answersBank(which: number, outcome: "authenticated" | "failed"): Command {
  return command(
    `answerBank(${which}, ${outcome})`,
    async (model) => {
      const order = challenged(model)[which % challenged(model).length];
      if (order !== undefined && order.challenge !== null) {
        await real.answerBank(order.challenge, outcome);
        order.challenge = null;
      }
    },
    (model) => challenged(model).length > 0,
  );
}

/** Stripe delivers events: late, repeatedly, and in any order. */
function stripeDelivers(picks: readonly number[], times: number): Command {
  return command(`deliver(${picks.join("+")}, ${times} times)`, async (model) => {
    await real.deliver(picks, times);
    await real.loseAllUnderWay(model.accounts);
  });
}

/** One of an account's next calls to Stripe or commits fails. */
function somethingFailsNext(account: number, point: CrashPoint): Command {
  return command(`fail(${account}, ${point.at} ${point.nth} ${point.way})`, (model, world) => {
    const accountId = accountAt(model, account);
    world.faults.push(real.failNext(accountId, point));
    model.armed.add(accountId);
    return Promise.resolve();
  });
}

/** An account's object is replaced. */
function objectIsReplaced(account: number): Command {
  return command(`replace(${account})`, (model) => real.abort(accountAt(model, account)));
}

/** An account's alarm rings. */
function alarmRings(account: number): Command {
  return command(`ring(${account})`, async (model) => {
    await real.ring(accountAt(model, account));
    mend(model, accountAt(model, account));
  });
}

const cronRuns: Command = command("runCron()", async (model) => {
  await real.runCron();
  mendAll(model);
});

const booksAreCompared: Command = command("reconcile()", async (model) => {
  await real.reconcile();
  mendAll(model);
});

/** An account's customer comes back to every order while the alarm rings, the cron runs, Stripe delivers and the object is replaced. */
function everythingAtOnce(account: number, seed: number): Command {
  return command(`everythingAtOnce(${account}, ${seed})`, async (model) => {
    const accountId = accountAt(model, account);
    real.interleave(accountId, seed);
    const own = [...model.orders.values()].filter((order) => order.accountId === accountId);
    await Promise.all([
      ...own.map((order) => real.settle(order)),
      real.ring(accountId),
      real.runCron(),
      real.deliverRest(),
      real.deliver([0, 1, 2], 2),
      real.abort(accountId),
    ]);
    mendAll(model);
  });
}

/** Some of a paid order's money is refunded at Stripe; its credits follow when Stripe's events arrive. */
function moneyGoesBack(which: number, cents: number): Command {
  return ofPaid(`refundAtStripe(${which}, ${cents} cents)`, which, (order) =>
    real.refundAtStripe(order, upTo(order, cents)),
  );
}

/** Staff refund part of an order, or its customer what is unused: once or several times at once, as one refund or as separate ones. */
function somebodyRefunds(
  which: number,
  cents: number,
  by: ModelRefund["by"],
  times: number,
  isSame: boolean,
  seed: number,
): Command {
  const name = `refund(${which}, ${cents} cents, ${by}, ${times} times, ${isSame ? "one" : "each"}, ${seed})`;
  return ofPaid(name, which, async (order, model) => {
    const refundId = newId("rfd");
    const asks = Array.from({ length: times }, (): ModelRefund => ({
      order,
      refundId: isSame ? refundId : newId("rfd"),
      by,
      cents: upTo(order, cents),
    }));
    model.refunds.push(...asks);
    if (times > 1) {
      real.interleave(order.accountId, seed);
    }
    await Promise.all(asks.map(real.askRefund));
    mend(model, order.accountId);
  });
}

/** A request for a refund is repeated. */
function somebodyAsksAgain(which: number): Command {
  return command(
    `askRefundAgain(${which})`,
    async (model) => {
      const asked = model.refunds[which % model.refunds.length];
      if (asked !== undefined) {
        await real.askRefund(asked);
        mend(model, asked.order.accountId);
      }
    },
    (model) => model.refunds.length > 0,
  );
}

type RefundOutcome = Parameters<typeof real.refundTurns>[1];

/** A refund changes at the bank, or by hand at Stripe. */
function refundTurns(which: number, outcome: RefundOutcome): Command {
  return ofPaid(`refundTurns(${which}, ${outcome})`, which, (order) => real.refundTurns(order, outcome));
}

/** A cardholder disputes an order, in part or whole, or only inquires about it. */
function isDisputed(which: number, cents: number, isInquiry: boolean): Command {
  return ofPaid(`dispute(${which}, ${cents} cents${isInquiry ? ", inquiry" : ""})`, which, (order) =>
    real.dispute(order, upTo(order, cents), isInquiry),
  );
}

/** The bank moves a dispute to another status. */
function disputeMoves(which: number, status: string): Command {
  return ofPaid(`disputeMoves(${which}, ${status})`, which, (order) => real.disputeMoves(order, status));
}

/** The bank warns of fraud in an order. */
function bankWarns(which: number): Command {
  return ofPaid(`bankWarns(${which})`, which, real.bankWarns);
}

/** An account spends some of its credits; one credit more than it has is never let through. */
function spends(account: number, percent: number): Command {
  return command(`spend(${account}, ${percent} %)`, async (model) => {
    const accountId = accountAt(model, account);
    const spent = await real.spend(accountId, percent);
    model.spent.set(accountId, (model.spent.get(accountId) ?? 0) + spent);
    if (await real.maySpendTooMuch(accountId)) {
      throw new Error("Not true: nobody spends more than there is");
    }
  });
}

/** What happens to one of the paid orders. */
function ofPaid(
  name: string,
  which: number,
  happen: (order: ModelOrder, model: Model) => Promise<void>,
): Command {
  return command(
    name,
    async (model) => {
      const order = paidOrders(model)[which % paidOrders(model).length];
      if (order !== undefined) {
        await happen(order, model);
      }
    },
    (model) => paidOrders(model).length > 0,
  );
}

function upTo({ placing }: ModelOrder, cents: number): number {
  return Math.min(cents, priceOf(placing.content.credits));
}

/** Time passes. */
function timePasses(milliseconds: number): Command {
  return command(`wait(${milliseconds / 1000} s)`, () => {
    real.advance(milliseconds);
    return Promise.resolve();
  });
}

/** Everything comes to rest: nothing fails any more, Stripe delivers, the cron runs, and more than a day goes by. */
export async function comeToRest(model: Model): Promise<void> {
  mendAll(model);
  for (const time of [5 * MINUTE, 20 * MINUTE, 70 * MINUTE, DAY, 2 * HOUR]) {
    real.advance(time);
    await real.deliverRest();
    await real.loseAllUnderWay(model.accounts);
    await real.runCron();
  }
}

/** The customer asks that many times at once, and remembers a challenge; checks a single first answer if nothing is armed to fail. */
async function askAtOnce(
  model: Model,
  order: ModelOrder,
  times: number,
  ask: () => ReturnType<typeof real.place>,
): Promise<void> {
  const isFresh = order.seen === null;
  const answers = await Promise.all(Array.from({ length: times }, ask));
  await real.tidy(order.accountId);
  for (const answer of answers) {
    if (answer?.ok === true && answer.clientSecret !== null) {
      order.challenge = answer.clientSecret;
    }
  }
  if (isFresh && times === 1 && !model.armed.has(order.accountId)) {
    assertAnswer(order, answers[0] ?? null);
  }
  mend(model, order.accountId);
}

function assertAnswer(order: ModelOrder, answer: Awaited<ReturnType<typeof real.place>>): void {
  const state = answer?.order?.state ?? "unanswered";
  const isLimited = answer?.ok === false && answer.failure.kind === "too_many_attempts";
  const isOnHold = answer?.ok === false && answer.failure.kind === "account_on_hold";
  // A customer may come back to an order whose row never got into D1, which is rightly unknown. Placing never answers that.
  const wasNeverPlaced = answer?.ok === false && answer.failure.kind === "order_not_found";
  const hasBankToAnswer = answer?.ok === true && answer.clientSecret !== null;
  const isRight =
    isLimited ||
    isOnHold ||
    wasNeverPlaced ||
    (order.card === "challenged" ? hasBankToAnswer : state === CARDS[order.card].ends[0]);
  if (!isRight) {
    throw new Error(`Not true: an order with a ${order.card} card is answered with ${state}`);
  }
}

/** Clears what was armed, whether it was met or not: every command begins with a machine that works, except for its own fault. */
function mend(model: Model, accountId: AccountId): void {
  real.mend(accountId);
  model.armed.delete(accountId);
}

function mendAll(model: Model): void {
  for (const accountId of model.accounts) {
    mend(model, accountId);
  }
}

function command(
  name: string,
  run: (model: Model, world: real.World) => Promise<void>,
  check: (model: Model) => boolean = () => true,
): Command {
  return {
    check,
    async run(model, world) {
      world.commands += 1;
      await run(model, world);
      await assertAlwaysTrue(model);
    },
    toString: () => name,
  };
}

function accountAt(model: Model, index: number): AccountId {
  const id = model.accounts[index % model.accounts.length];
  if (id === undefined) {
    throw new Error("A world has accounts");
  }
  return id;
}

function orderAt(model: Model, index: number): ModelOrder {
  const order = [...model.orders.values()][index % model.orders.size];
  if (order === undefined) {
    throw new Error("There is an order to come back to");
  }
  return order;
}

function hasOrders(model: Readonly<Model>): boolean {
  return model.orders.size > 0;
}

function challenged(model: Readonly<Model>): ModelOrder[] {
  return [...model.orders.values()].filter((order) => order.challenge !== null);
}

function goodOrders(model: Readonly<Model>, accountId: AccountId): ModelOrder[] {
  return [...model.orders.values()].filter(
    (order) =>
      order.accountId === accountId && /^(good|answered_late)$/.test(order.card) && order.seen === "paid",
  );
}

function paidOrders(model: Readonly<Model>): ModelOrder[] {
  return [...model.orders.values()].filter(({ seen }) => seen === "paid");
}
