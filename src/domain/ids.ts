/** Our identifiers: a prefix that cannot be taken for one of Stripe's, then 32 random hexadecimal digits. */

export type AccountId = `acc_${string}`;
export type OrderId = `ord_${string}`;
export type CardId = `crd_${string}`;
export type EntryId = `ent_${string}`;
export type GrantId = `grt_${string}`;
export type ReceiptId = `rcp_${string}`;
export type RefundId = `rfd_${string}`;

type Prefix = "acc" | "ord" | "crd" | "ent" | "grt" | "rcp" | "rec" | "rfd";

/** Makes a new id of the given kind; 122 random bits, so two never meet. */
export type NewId = <P extends Prefix>(prefix: P) => `${P}_${string}`;

/** A new random id. Operations are handed this, so that a test can hand them another. */
export const newId: NewId = (prefix) => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;

const ORDER_ID = /^ord_[0-9a-f]{32}$/;
const CARD_ID = /^crd_[0-9a-f]{32}$/;
const ACCOUNT_ID = /^acc_[0-9a-f]{32}$/;
const REFUND_ID = /^rfd_[0-9a-f]{32}$/;

/** Whether `text` is an order id in full; the browser makes these, so they are checked at the door. */
export function isOrderId(text: string): text is OrderId {
  return ORDER_ID.test(text);
}

/** Whether `text` is a card id in full. */
export function isCardId(text: string): text is CardId {
  return CARD_ID.test(text);
}

/** Whether `text` is an account id in full; Stripe's metadata brings these back to us. */
export function isAccountId(text: string): text is AccountId {
  return ACCOUNT_ID.test(text);
}

/** Whether `text` is a refund id in full; whoever asks for a refund makes its id. */
export function isRefundId(text: string): text is RefundId {
  return REFUND_ID.test(text);
}
