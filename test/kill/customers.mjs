// Customers over HTTP, behaving as browsers do: they sign in by e-mail, type cards, buy, answer their bank, and come back.
// @ts-check
import { randomUUID } from "node:crypto";
import { oneOf } from "./chance.mjs";

/**
 * @typedef {{ id: string, card: string, body: object, wasPaid: boolean }} Order
 * @typedef {{ email: string, cookie: string, savedCard: string | null, orders: Order[] }} Customer
 * @typedef {{ requests: number, cutOff: number }} Counts
 * @typedef {{ status: number, body: any }} Answer
 */

const CARDS = [
  "4242424242424242",
  "4242424242424242",
  "5555555555554444",
  "4000000000000044",
  "4000002760003184",
  "4000000000003220",
  "4000000000000036",
  "4000000000000341",
];
const PUBLISHABLE = { Authorization: "Bearer pk_test_standin" };
const MOST_ATTEMPTS_TO_SETTLE = 150;

/**
 * A new customer, signed in by the e-mailed link.
 * @param {string} address
 * @param {string} email
 * @returns {Promise<Customer>}
 */
export async function newCustomer(address, email) {
  await submit(address, "/sign-in", { email });
  const response = await fetch(`${address}/stand-in/mailbox.json?to=${encodeURIComponent(email)}`);
  const [mail] = await response.json();
  const link = /\/sign-in\/[\w-]+/.exec(mail.text)?.[0] ?? "";
  const signedIn = await submit(address, link, {});
  const cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  return { email, cookie, savedCard: null, orders: [] };
}

/**
 * Buys and comes back to orders until the time is up; what is cut off stays cut off for now.
 * @param {string} address
 * @param {Customer} customer
 * @param {() => number} random
 * @param {number} until
 * @param {Counts} counts
 */
export async function buyForAWhile(address, customer, random, until, counts) {
  while (Date.now() < until) {
    try {
      const open = customer.orders.filter(({ wasPaid }) => !wasPaid);
      if (open.length > 0 && random() < 0.4) {
        await follow(address, customer, oneOf(random, open), counts);
      } else {
        await buy(address, customer, random, counts);
      }
    } catch {
      counts.cutOff += 1;
      // The connection is gone. The customer tries again after a moment.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * @param {string} address
 * @param {Customer} customer
 * @param {() => number} random
 * @param {Counts} counts
 */
async function buy(address, customer, random, counts) {
  const id = `ord_${randomUUID().replaceAll("-", "")}`;
  const credits = 100 + Math.floor(random() * 900);
  const card = oneOf(random, CARDS);
  const isSaved = customer.savedCard !== null && random() < 0.4;
  const payment = isSaved
    ? { card_id: customer.savedCard }
    : { confirmation_token: await typeCard(address, card), save_card: random() < 0.7 };
  const order = { id, card, body: { order_id: id, credits, ...payment }, wasPaid: false };
  customer.orders.push(order);
  // Sometimes twice at once, as an impatient customer clicks.
  const places = () => post(address, customer, "/orders", order.body, counts);
  const [answer] = await Promise.all([places(), ...(random() < 0.2 ? [places()] : [])]);
  await finish(address, customer, order, answer, counts);
}

/**
 * @param {string} address
 * @param {Customer} customer
 * @param {Order} order
 * @param {Counts} counts
 */
async function follow(address, customer, order, counts) {
  const asked = await post(address, customer, `/orders/${order.id}/settle`, {}, counts);
  // An order that never arrived is sent again, as the page does it: the same id is the same order.
  const answer = asked.status === 404 ? await post(address, customer, "/orders", order.body, counts) : asked;
  return finish(address, customer, order, answer, counts);
}

/**
 * Answers the bank as long as it asks, and remembers what the page would. True if the order has come to its end.
 * @param {string} address
 * @param {Customer} customer
 * @param {Order} order
 * @param {Answer} first
 * @param {Counts} counts
 */
async function finish(address, customer, order, first, counts) {
  let answer = first;
  for (let questions = 0; questions < 3 && answer.body.client_secret; questions += 1) {
    await fetch(`${address}/stand-in/stripe/challenge`, {
      method: "POST",
      headers: PUBLISHABLE,
      body: new URLSearchParams({ client_secret: answer.body.client_secret, outcome: "authenticated" }),
    });
    answer = await post(address, customer, `/orders/${order.id}/settle`, {}, counts);
  }
  if (answer.status === 200) {
    order.wasPaid = true;
    customer.savedCard = await savedCardOf(address, customer);
  }
  // Being refused for too many attempts is not an end.
  return answer.status === 200 || (answer.status >= 400 && answer.status < 500 && answer.status !== 429);
}

/**
 * Every customer comes back to every order until each has come to its end.
 * @param {string} address
 * @param {readonly Customer[]} customers
 */
export async function settleAll(address, customers) {
  const counts = { requests: 0, cutOff: 0 };
  for (const customer of customers) {
    for (const order of customer.orders) {
      for (let attempt = 0; attempt < MOST_ATTEMPTS_TO_SETTLE; attempt += 1) {
        if (await follow(address, customer, order, counts).catch(() => false)) {
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
}

/**
 * @param {string} address
 * @param {Customer} customer
 * @returns {Promise<string | null>}
 */
async function savedCardOf(address, customer) {
  const response = await fetch(`${address}/account`, {
    headers: { Cookie: customer.cookie, Accept: "application/json" },
  });
  const { saved_cards: cards } = await response.json();
  return cards[0]?.id ?? null;
}

/**
 * @param {string} address
 * @param {string} number
 * @returns {Promise<string>}
 */
async function typeCard(address, number) {
  const response = await fetch(`${address}/stand-in/stripe/v1/confirmation_tokens`, {
    method: "POST",
    headers: PUBLISHABLE,
    body: new URLSearchParams({
      "payment_method_data[type]": "card",
      "payment_method_data[card][number]": number,
      "payment_method_data[card][exp_month]": "12",
      "payment_method_data[card][exp_year]": "2034",
      "payment_method_data[card][cvc]": "123",
      "payment_method_data[billing_details][name]": "Ada Lovelace",
      "payment_method_data[billing_details][address][line1]": "1 Market St",
      "payment_method_data[billing_details][address][city]": "San Francisco",
      "payment_method_data[billing_details][address][state]": "CA",
      "payment_method_data[billing_details][address][postal_code]": "94105",
      "payment_method_data[billing_details][address][country]": "US",
      return_url: address,
    }),
  });
  const { id } = await response.json();
  return id;
}

/**
 * @param {string} address
 * @param {Customer} customer
 * @param {string} path
 * @param {object} body
 * @param {Counts} counts
 * @returns {Promise<Answer>}
 */
async function post(address, customer, path, body, counts) {
  counts.requests += 1;
  const response = await fetch(`${address}${path}`, {
    method: "POST",
    headers: { Cookie: customer.cookie, Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/**
 * @param {string} address
 * @param {string} path
 * @param {Record<string, string>} fields
 */
function submit(address, path, fields) {
  return fetch(`${address}${path}`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: address, Accept: "text/html" },
    body: new URLSearchParams(fields),
  });
}
