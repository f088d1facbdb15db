/** Early fraud warnings: the bank suspects a payment. https://docs.stripe.com/disputes/measuring */
import type { AccountId, OrderId } from "./ids.ts";
import type { Instant } from "./instant.ts";

/** What Stripe says of a warning. */
export type FraudWarningFacts = {
  id: string;
  fraudType: string;
  /** Whether a refund still prevents a dispute. */
  isActionable: boolean;
  warnedAt: Instant;
};

export type FraudWarning = FraudWarningFacts & { accountId: AccountId; orderId: OrderId };
