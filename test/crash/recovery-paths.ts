/** Recovery by each path: what happens by itself or on request as time passes. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { reconcileNow } from "../../src/cron/reconcile.ts";
import { recoverAll } from "../../src/cron/recover.ts";
import type { AccountId } from "../../src/domain/ids.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/instant.ts";
import { alarms } from "./faults.ts";
import { deliverAll, deliverAllAtOnce } from "./deliveries.ts";
import { inParallel } from "./in-parallel.ts";
import type { AnyDeed, AnyKind, Subject } from "./subject.ts";

/** A way in which what was cut off is finished. `payment_webhook`: the only event that arrives is the one that says the money moved. */
export type Path = "webhook" | "payment_webhook" | "alarm" | "cron" | "button" | "reconciliation" | "all";

/** Stripe redelivers after minutes, then hours, until it is acknowledged. */
const STRIPE_COMES_BACK = [SECOND, 5 * MINUTE, 35 * MINUTE, 3 * HOUR];

/** When recovery has its turns, counted from the deeds. The last ones are past every time limit of the product. */
export const TURNS: Readonly<Record<Path, readonly number[]>> = {
  webhook: STRIPE_COMES_BACK,
  payment_webhook: STRIPE_COMES_BACK,
  alarm: [30 * SECOND, 3 * MINUTE, 13 * MINUTE, 75 * MINUTE, 8 * HOUR, 33 * HOUR],
  cron: [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 3 * HOUR, 26 * HOUR],
  button: [10 * SECOND, MINUTE, 16 * MINUTE, 62 * MINUTE, 3 * HOUR],
  reconciliation: [DAY],
  all: [10 * SECOND, 5 * MINUTE, 20 * MINUTE, 26 * HOUR],
};

/** One turn of a path, for all the deeds at once. */
export async function takeTurn<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  path: Path,
  deeds: readonly D[],
): Promise<void> {
  switch (path) {
    case "webhook": {
      return deliverAll(subject.concerns);
    }
    case "payment_webhook": {
      return deliverAll((type) => type === "payment_intent.succeeded");
    }
    case "alarm": {
      return ringAlarms(deeds);
    }
    case "cron": {
      await recoverAll(env);
      return;
    }
    case "button": {
      await inParallel(deeds, subject.ask);
      return;
    }
    case "reconciliation": {
      await reconcileNow(env);
      return;
    }
    case "all": {
      await Promise.all([
        deliverAllAtOnce(subject.concerns),
        deliverAllAtOnce(subject.concerns),
        ringAlarms(deeds),
        recoverAll(env),
        inParallel(
          deeds.filter(({ kind }) =>
            subject.kinds.some((known) => known === kind && subject.isRecoveredBy(known, "button")),
          ),
          subject.ask,
        ),
        reconcileNow(env),
      ]);
    }
  }
}

async function ringAlarms(deeds: readonly AnyDeed[]): Promise<void> {
  alarms.ring = true;
  await inParallel(deeds, ({ accountId }) =>
    runDurableObjectAlarm(env.ACCOUNT.getByName(accountId)).catch(() => keepAlarm(accountId)),
  );
  alarms.ring = false;
}

/**
 * Cloudflare rings an alarm again whose object died of it. Here the next turn does, unless the object has lived to set
 * its next alarm.
 * https://developers.cloudflare.com/durable-objects/api/alarms/#alarm
 */
async function keepAlarm(accountId: AccountId): Promise<void> {
  await runInDurableObject(env.ACCOUNT.getByName(accountId), async (_account, { storage }) => {
    if ((await storage.getAlarm()) === null) {
      await storage.setAlarm(Date.now());
    }
  });
}
