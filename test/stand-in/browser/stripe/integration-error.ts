/** The error Stripe.js throws when the page uses it wrongly: for the developer, never for the customer. */

/** An Error named IntegrationError, as Stripe.js names it. */
export function integrationError(message: string): Error {
  const error = new Error(message);
  error.name = "IntegrationError";
  return error;
}
