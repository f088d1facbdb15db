/** What is wrong with each part of an address, in words. */
import { addressRules, postalCodeFault } from "./rules.ts";

/** A fault with a code in the manner of Stripe.js and a sentence for the customer. */
export type AddressFault = { code: string; message: string };

type Check = (written: string, country: string) => AddressFault | null;

/** A phone number has at most 15 digits (E.164), and nowhere fewer than 7. */
const fewestPhoneDigits = 7;
const mostPhoneDigits = 15;

/** One check for each field. Each gets the trimmed text and the country's code. */
export const addressFaults = {
  name: (written) => missing(written, "incomplete_name", "Enter your full name."),
  line1: (written) => missing(written, "incomplete_address", "Enter the first line of your address."),
  city: (written, country) =>
    missing(written, "incomplete_city", `Enter your ${addressRules(country).cityLabel.toLowerCase()}.`),
  state: (written, country) => {
    const { state } = addressRules(country);
    return state?.required
      ? missing(written, "incomplete_state", `Enter your ${state.label.toLowerCase()}.`)
      : null;
  },
  postalCode: (written, country) => {
    const fault = postalCodeFault(country, written);
    const label =
      addressRules(country).postalCode?.label.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()) ??
      "";
    const messages = {
      incomplete_zip: `Enter your ${label}.`,
      invalid_zip: `This is no ${label} of the country you chose.`,
    };
    return fault === null ? null : { code: fault, message: messages[fault] };
  },
  phone: (written) => missing(written, "incomplete_phone", "Enter a phone number.") ?? phoneFault(written),
  optionalPhone: (written) => (written === "" ? null : phoneFault(written)),
} as const satisfies Record<string, Check>;

function missing(written: string, code: string, message: string): AddressFault | null {
  return written === "" ? { code, message } : null;
}

function phoneFault(written: string): AddressFault | null {
  const digits = written.replace(/\D/g, "").length;
  if (digits < fewestPhoneDigits) {
    return { code: "incomplete_phone", message: "Your phone number is incomplete." };
  }
  return digits > mostPhoneDigits || /[^\d\s+().-]/.test(written)
    ? { code: "invalid_phone", message: "Your phone number is invalid." }
    : null;
}
