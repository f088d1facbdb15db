/** Our identifiers: a prefix that cannot be mistaken for one of Stripe's, then 32 random hexadecimal digits. */

export type AccountId = `acc_${string}`;
export type OrderId = `ord_${string}`;
export type CardId = `crd_${string}`;
export type EntryId = `ent_${string}`;
export type GrantId = `grt_${string}`;
export type ReceiptId = `rcp_${string}`;
export type RefundId = `rfd_${string}`;

type Prefix = "acc" | "ord" | "crd" | "ent" | "grt" | "rcp" | "rec" | "rfd";

/** Makes a new id of the given kind; 122 random bits, so no two are the same. */
export type NewId = <P extends Prefix>(prefix: P) => `${P}_${string}`;

/** A new random id. Passed to operations, so that a test can pass its own. */
export const newId: NewId = (prefix) => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;

const ORDER_ID = /^ord_[0-9a-f]{32}$/;
const CARD_ID = /^crd_[0-9a-f]{32}$/;
const ACCOUNT_ID = /^acc_[0-9a-f]{32}$/;
const REFUND_ID = /^rfd_[0-9a-f]{32}$/;

/** Whether `text` is a well-formed order id. The browser makes these, so every request's is checked. */
export function isOrderId(text: string): text is OrderId {
  return ORDER_ID.test(text);
}

/** Whether `text` is a well-formed card id. */
export function isCardId(text: string): text is CardId {
  return CARD_ID.test(text);
}

/** Whether `text` is a well-formed account id. These come back to us in Stripe's metadata. */
export function isAccountId(text: string): text is AccountId {
  return ACCOUNT_ID.test(text);
}

/** Whether `text` is a well-formed refund id. The caller that asks for a refund makes its id. */
export function isRefundId(text: string): text is RefundId {
  return REFUND_ID.test(text);
}
