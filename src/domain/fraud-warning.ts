/** Early fraud warnings: the bank suspects a payment. https://docs.stripe.com/disputes/measuring */
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";

/** A warning as Stripe reports it. */
export type FraudWarningFacts = {
  id: string;
  fraudType: string;
  /** Whether a refund can still prevent a dispute. */
  isActionable: boolean;
  warnedAt: Instant;
};

export type FraudWarning = FraudWarningFacts & { accountId: AccountId; orderId: OrderId };
