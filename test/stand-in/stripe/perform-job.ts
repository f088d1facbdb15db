/** What happens by itself when its time comes. */
import { openPlannedDisputes } from "./afterwards.ts";
import { settleFee } from "./balance-transactions.ts";
import { decideDispute, lapseDispute } from "./dispute-course.ts";
import { warnOfFraud } from "./early-fraud-warnings.ts";
import type { Job } from "./jobs.ts";
import { expireAuthorization } from "./payment-capture.ts";
import { releaseFunds, settlePayout } from "./payouts.ts";
import { completeRefund, failRefund } from "./refunds.ts";
import type { Sandbox } from "./sandbox.ts";

/** Does a job. If its object has moved on meanwhile, it does nothing. */
export function performJob(sandbox: Sandbox, { kind, subject }: Job): void {
  switch (kind) {
    case "complete_refund": {
      return completeRefund(sandbox, subject);
    }
    case "decide_dispute": {
      return decideDispute(sandbox, subject);
    }
    case "expire_authorization": {
      return expireAuthorization(sandbox, subject);
    }
    case "fail_refund": {
      return failRefund(sandbox, subject);
    }
    case "lapse_dispute": {
      return lapseDispute(sandbox, subject);
    }
    case "open_disputes": {
      return openPlannedDisputes(sandbox, subject);
    }
    case "release_funds": {
      return releaseFunds(sandbox);
    }
    case "settle_fee": {
      return settleFee(sandbox, subject);
    }
    case "settle_payout": {
      return settlePayout(sandbox, subject);
    }
    case "warn_of_fraud": {
      return warnOfFraud(sandbox, subject);
    }
  }
}
