/** Builds the evidence for a dispute from our own books and what Stripe knows about the charge. */
import { type Evidence, toEvidence } from "../domain/evidence.ts";
import type { Failure } from "../domain/failure.ts";
import { invariant } from "../domain/invariant.ts";
import { findAccount } from "../store/accounts.ts";
import { readEvidenceFacts } from "../store/dispute-evidence.ts";
import { findDispute } from "../store/disputes.ts";
import { findReceipt } from "../store/receipts.ts";
import { readChargeFacts } from "../stripe/charge-facts.ts";
import type { AccountDeps } from "./account-deps.ts";
import { readRefundable } from "./read-refundable.ts";

/** The pack for one of the account's disputes. If Stripe does not answer, the pack is built without its charge facts. */
export async function buildEvidence(
  deps: AccountDeps,
  disputeId: string,
): Promise<{ ok: true; evidence: Evidence } | { ok: false; failure: Failure }> {
  const { db, accountId } = deps;
  const dispute = await findDispute(db, accountId, disputeId);
  if (dispute === null) {
    return { ok: false, failure: { kind: "dispute_not_found" } };
  }
  const [read, account, receipt, facts] = await Promise.all([
    readRefundable(deps, dispute.orderId),
    findAccount(db, accountId),
    findReceipt(db, dispute.orderId),
    readEvidenceFacts(db, accountId, dispute.orderId),
  ]);
  invariant(read !== null && account !== null, "a dispute is of a paid order of its account");
  const { order, refundable } = read;
  const charge = await readChargeFacts(deps.stripe, order);
  const billedTo = receipt?.billedTo ?? { name: account.name, address: {} };
  return {
    ok: true,
    evidence: toEvidence({
      ...facts,
      seller: deps.settings.seller,
      dispute,
      order,
      email: account.email,
      billedTo: { name: billedTo.name, address: { ...billedTo.address } },
      charge: charge.answered ? charge.value : { challenge: null, riskLevel: null },
      refunds: refundable.refunds,
    }),
  };
}
