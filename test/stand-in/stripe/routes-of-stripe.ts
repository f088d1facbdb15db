/** Every endpoint of Stripe's API that the stand-in answers. */
import { customerRoutes } from "./customers.ts";
import { balanceRoutes } from "./balance.ts";
import { customerSessionRoutes } from "./customer-sessions.ts";
import { disputeRoutes } from "./disputes.ts";
import { earlyFraudWarningRoutes } from "./early-fraud-warnings.ts";
import { payoutRoutes } from "./payouts.ts";
import { refundRoutes } from "./refunds.ts";
import { webhookEndpointRoutes } from "./webhook-endpoint-routes.ts";
import { balanceTransactionRoutes } from "./balance-transactions.ts";
import { chargeRoutes } from "./charges.ts";
import { confirmationTokenRoutes } from "./confirmation-tokens.ts";
import { eventRoutes } from "./event-routes.ts";
import { paymentIntentRoutes } from "./payment-intents.ts";
import { paymentMethodRoutes } from "./payment-methods.ts";
import { setupIntentRoutes } from "./setup-intents.ts";
import type { Route } from "./routes-table.ts";

export const routes: readonly Route[] = [
  ...customerRoutes,
  ...paymentMethodRoutes,
  ...confirmationTokenRoutes,
  ...setupIntentRoutes,
  ...paymentIntentRoutes,
  ...chargeRoutes,
  ...balanceTransactionRoutes,
  ...refundRoutes,
  ...disputeRoutes,
  ...earlyFraudWarningRoutes,
  ...balanceRoutes,
  ...payoutRoutes,
  ...customerSessionRoutes,
  ...webhookEndpointRoutes,
  ...eventRoutes,
];
