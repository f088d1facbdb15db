/** Which network a card number belongs to, from its first digits, and what that says about its shape. */

/** A card network, by Stripe's name for it. */
export type Brand = "visa" | "mastercard" | "amex" | "discover" | "diners" | "jcb" | "unionpay" | "unknown";

/** How a network's numbers look: their lengths, the digits after which there is a gap, and the length of the code. */
export type BrandShape = {
  name: string;
  lengths: readonly number[];
  groups: readonly number[];
  securityCodeLength: 3 | 4;
};

/** How most numbers are written; the longest have 19 digits. */
export const fours: readonly number[] = [4, 4, 4, 4, 3];

/** The shapes of numbers, as the networks publish them (ISO/IEC 7812 allows up to 19 digits). */
export const brandShapes: Record<Brand, BrandShape> = {
  visa: { name: "Visa", lengths: [16], groups: fours, securityCodeLength: 3 },
  mastercard: { name: "Mastercard", lengths: [16], groups: fours, securityCodeLength: 3 },
  amex: { name: "American Express", lengths: [15], groups: [4, 6, 5], securityCodeLength: 4 },
  discover: { name: "Discover", lengths: [16], groups: fours, securityCodeLength: 3 },
  diners: { name: "Diners Club", lengths: [14, 16], groups: [4, 6, 4], securityCodeLength: 3 },
  jcb: { name: "JCB", lengths: [16], groups: fours, securityCodeLength: 3 },
  unionpay: { name: "UnionPay", lengths: [16, 19], groups: fours, securityCodeLength: 3 },
  unknown: { name: "Card", lengths: [16], groups: fours, securityCodeLength: 3 },
};

/** The first match wins, so narrower ranges come before the wider ones that contain them. */
const beginnings: readonly (readonly [RegExp, Brand])[] = [
  [/^3[47]/, "amex"],
  [/^3(?:0[0-59]|[689])/, "diners"],
  [/^35(?:2[89]|[3-8])/, "jcb"],
  [/^6(?:011|4[4-9]|5)/, "discover"],
  [/^6[02]/, "unionpay"],
  [/^(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))/, "mastercard"],
  [/^4/, "visa"],
];

/** The network of a number, however much of it has been typed; "unknown" until its first digits decide it. */
export function brandOf(digits: string): Brand {
  return beginnings.find(([pattern]) => pattern.test(digits))?.[1] ?? "unknown";
}
