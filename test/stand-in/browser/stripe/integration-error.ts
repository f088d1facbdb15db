/** The error that Stripe.js throws when the page misuses it: for the developer, never for the customer. */

/** An Error named IntegrationError, as at Stripe. */
export function integrationError(message: string): Error {
  const error = new Error(message);
  error.name = "IntegrationError";
  return error;
}
