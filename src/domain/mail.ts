/** What customers are told by mail of money that went back, and what each such mail is written from. */
import type { Credits } from "./credits.ts";
import type { Dispute } from "./dispute.ts";
import type { Order } from "./order.ts";
import type { Refund } from "./refund.ts";

export type MailKind = "refunded" | "refund_failed" | "dispute_opened" | "dispute_closed";

/** A mail as the facts it tells of; its wording is the pages' business. `credits` are what the refund or dispute takes now. */
export type MailFacts = { order: Order; balance: Credits; credits: Credits } & (
  | { kind: "refunded" | "refund_failed"; refund: Refund }
  | { kind: "dispute_opened" | "dispute_closed"; dispute: Dispute }
);
