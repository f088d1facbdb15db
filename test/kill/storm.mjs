// Stripe's webhooks, many at once: events delivered before or not, again and again, until the time is up.
// @ts-check
import { oneOf } from "./chance.mjs";

const AT_ONCE = 4;

/**
 * @param {string} address
 * @param {() => number} random
 * @param {number} until
 * @param {{ events: number }} counts
 */
export async function stormForAWhile(address, random, until, counts) {
  async function deliver() {
    while (Date.now() < until) {
      try {
        const response = await fetch(`${address}/stand-in/stripe/v1/events?limit=50`, {
          headers: { Authorization: "Bearer sk_test_standin" },
        });
        const { data } = await response.json();
        for (let count = 0; count < 10 && data.length > 0; count += 1) {
          await fetch(`${address}/stand-in/stripe/events/deliver`, {
            method: "POST",
            body: JSON.stringify({ id: oneOf(random, data).id, times: 2 }),
          });
          counts.events += 2;
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, deliver));
}
