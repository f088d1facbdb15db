/** What happens by itself when its time has come. */
import { settleFee } from "./balance-transactions.ts";
import type { Job } from "./jobs.ts";
import { expireAuthorization } from "./payment-capture.ts";
import type { Sandbox } from "./sandbox.ts";

/** Does a job. One whose object has moved on meanwhile does nothing. */
export function performJob(sandbox: Sandbox, job: Job): void {
  switch (job.kind) {
    case "settle_fee": {
      return settleFee(sandbox, job.subject);
    }
    case "expire_authorization": {
      return expireAuthorization(sandbox, job.subject);
    }
  }
}
