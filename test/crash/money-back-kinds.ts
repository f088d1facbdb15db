/** The kinds of money that goes back, and everything that happens in each: in the product, at Stripe, and at the bank. */
import type { AccountSettings } from "./faults.ts";

/** Something that happens. `arrive`: Stripe delivers the events that are waiting. */
export type Act =
  | { do: "ask" }
  | { do: "arrive" }
  | { do: "spend"; credits: number | "left" }
  | { do: "buy_more"; credits: number }
  | { do: "refund"; cents: number }
  | { do: "refund_at_stripe"; cents: number }
  | { do: "refund_succeeds" }
  | { do: "refund_fails" }
  | { do: "refund_is_called_off" }
  | { do: "dispute"; cents: number | "all"; isInquiry?: true }
  | { do: "dispute_moves"; to: string; which?: "first" | "second" }
  | { do: "bank_warns" };

/** What is requested in the product, and by whom: a refund, or that the evidence is submitted. */
type Asked =
  | { what: "refund"; by: "staff" | "customer"; cents: number | "left" }
  | { what: "evidence"; by: "staff" };

export type Kind = {
  name: string;
  card: string;
  /** Whether the purchase itself was cut off after the charge, so that our books do not know its payment. */
  isUnknownPurchase: boolean;
  /** The operator's settings that differ from the deployment's. */
  settings: AccountSettings;
  asks: Asked | null;
  /** What happens before, with nothing failing, and then the deed itself, which dies at one of its steps. */
  before: readonly Act[];
  deed: readonly Act[];
  /** What becomes of the refund requested in the product or caused by a warning; null if there is none, or it may end either way. */
  ends: "made" | "refused" | null;
};

/** From ten thousand up, credits cost 0.9 cents each, so that the parts refunded are no whole numbers of credits. */
export const CREDITS = 12_345;
const SOME_CENTS = 3_333;
const MORE_CENTS = 5_000;

/** The defaults of a kind. */
export const PLAIN = {
  card: "4242424242424242",
  isUnknownPurchase: false,
  settings: {},
  asks: null,
  before: [],
  ends: null,
} as const;
const PENDING = {
  ...PLAIN,
  card: "4000000000007726",
  asks: { what: "refund", by: "staff", cents: SOME_CENTS },
} as const;

/** Every kind of money that goes back. */
export const KINDS: readonly Kind[] = [
  {
    ...PLAIN,
    name: "refund in whole",
    asks: { what: "refund", by: "staff", cents: "left" },
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund in part",
    asks: { what: "refund", by: "staff", cents: SOME_CENTS },
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund of an order partly spent",
    asks: { what: "refund", by: "staff", cents: "left" },
    before: [{ do: "spend", credits: 9_000 }],
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund of an order spent, made good by another",
    asks: { what: "refund", by: "staff", cents: "left" },
    before: [
      { do: "spend", credits: CREDITS },
      { do: "buy_more", credits: 9_000 },
    ],
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund by the customer",
    settings: { SELF_SERVICE_REFUND_DAYS: "14" },
    asks: { what: "refund", by: "customer", cents: "left" },
    before: [{ do: "spend", credits: 5_000 }],
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PENDING,
    name: "pending refund that succeeds",
    deed: [{ do: "ask" }, { do: "refund_succeeds" }, { do: "arrive" }],
    ends: "made",
  },
  {
    ...PENDING,
    name: "pending refund that fails",
    deed: [{ do: "ask" }, { do: "refund_fails" }, { do: "arrive" }],
    ends: "made",
  },
  {
    ...PENDING,
    name: "pending refund that is called off",
    deed: [{ do: "ask" }, { do: "refund_is_called_off" }, { do: "arrive" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund made at Stripe",
    deed: [{ do: "refund_at_stripe", cents: SOME_CENTS }, { do: "arrive" }],
  },
  {
    ...PLAIN,
    name: "refunds made here and at Stripe",
    asks: { what: "refund", by: "staff", cents: SOME_CENTS },
    deed: [{ do: "refund_at_stripe", cents: MORE_CENTS }, { do: "ask" }, { do: "arrive" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund made at Stripe that fails",
    before: [{ do: "refund_at_stripe", cents: SOME_CENTS }, { do: "arrive" }],
    deed: [{ do: "refund_fails" }, { do: "arrive" }],
  },
  {
    ...PLAIN,
    name: "refund made at Stripe of a purchase cut off",
    isUnknownPurchase: true,
    deed: [{ do: "refund_at_stripe", cents: SOME_CENTS }, { do: "arrive" }],
  },
  {
    ...PLAIN,
    name: "dispute",
    deed: [{ do: "dispute", cents: MORE_CENTS }, { do: "arrive" }],
  },
  {
    ...PLAIN,
    name: "dispute that is won",
    before: [{ do: "dispute", cents: MORE_CENTS }, { do: "arrive" }],
    deed: [{ do: "dispute_moves", to: "won" }, { do: "arrive" }],
  },
  {
    ...PLAIN,
    name: "dispute after a refund in part, lost",
    before: [{ do: "refund", cents: SOME_CENTS }],
    deed: [
      { do: "dispute", cents: "all" },
      { do: "arrive" },
      { do: "dispute_moves", to: "lost" },
      { do: "arrive" },
    ],
  },
  {
    ...PLAIN,
    name: "refund after a dispute that was won",
    asks: { what: "refund", by: "staff", cents: SOME_CENTS },
    before: [
      { do: "dispute", cents: MORE_CENTS },
      { do: "arrive" },
      { do: "dispute_moves", to: "won" },
      { do: "arrive" },
    ],
    deed: [{ do: "ask" }],
    // Stripe makes no refund of a payment that was charged back, even if the dispute was won.
    ends: "refused",
  },
  {
    ...PLAIN,
    name: "refund during an inquiry that becomes a dispute",
    asks: { what: "refund", by: "staff", cents: SOME_CENTS },
    before: [{ do: "dispute", cents: MORE_CENTS, isInquiry: true }, { do: "arrive" }],
    deed: [{ do: "ask" }, { do: "dispute_moves", to: "needs_response" }, { do: "arrive" }],
    // Made, unless Stripe is called only after the dispute has opened: then neither Stripe nor we make it.
    ends: null,
  },
  {
    ...PLAIN,
    name: "dispute that takes over the share of a refund that fails",
    before: [
      { do: "refund_at_stripe", cents: SOME_CENTS },
      { do: "arrive" },
      { do: "dispute", cents: "all" },
      { do: "arrive" },
    ],
    deed: [{ do: "refund_fails" }, { do: "arrive" }],
  },
  {
    ...PLAIN,
    name: "two disputes over one payment, the first won and the second lost",
    before: [{ do: "dispute", cents: "all" }, { do: "dispute", cents: MORE_CENTS }, { do: "arrive" }],
    deed: [
      { do: "dispute_moves", to: "won", which: "first" },
      { do: "dispute_moves", to: "lost", which: "second" },
      { do: "arrive" },
    ],
  },
  {
    ...PLAIN,
    name: "dispute that was lost, appealed and won",
    before: [
      { do: "dispute", cents: MORE_CENTS },
      { do: "arrive" },
      { do: "dispute_moves", to: "lost" },
      { do: "arrive" },
    ],
    deed: [
      { do: "dispute_moves", to: "appeal_needs_response" },
      { do: "arrive" },
      { do: "dispute_moves", to: "won" },
      { do: "arrive" },
    ],
  },
  {
    ...PLAIN,
    name: "evidence",
    asks: { what: "evidence", by: "staff" },
    before: [{ do: "dispute", cents: MORE_CENTS }, { do: "arrive" }],
    deed: [{ do: "ask" }],
  },
  {
    ...PLAIN,
    name: "evidence for an appeal",
    asks: { what: "evidence", by: "staff" },
    before: [
      { do: "dispute", cents: MORE_CENTS },
      { do: "dispute_moves", to: "lost" },
      { do: "dispute_moves", to: "appeal_needs_response" },
      { do: "arrive" },
    ],
    deed: [{ do: "ask" }],
  },
  {
    ...PLAIN,
    name: "refund of credits that are spent before it is recovered",
    asks: { what: "refund", by: "staff", cents: SOME_CENTS },
    deed: [{ do: "ask" }, { do: "spend", credits: "left" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund by a customer who spends before it is recovered",
    settings: { SELF_SERVICE_REFUND_DAYS: "14" },
    asks: { what: "refund", by: "customer", cents: "left" },
    before: [{ do: "spend", credits: 5_000 }],
    deed: [{ do: "ask" }, { do: "spend", credits: "left" }],
    // Made, unless the request was lost before it was written: then all the credits could be spent.
    ends: null,
  },
  {
    ...PLAIN,
    name: "refund in a currency without decimals",
    settings: { CURRENCY: "jpy" },
    asks: { what: "refund", by: "staff", cents: SOME_CENTS },
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund on a fraud warning",
    settings: { REFUND_ON_FRAUD_WARNING: "yes" },
    deed: [{ do: "bank_warns" }, { do: "arrive" }],
    ends: "made",
  },
];

/** Whether the deed is only a request in the product, so that finishing it finishes everything. */
export function isAllOurs({ deed }: Kind): boolean {
  return deed.every((act) => act.do === "ask" || act.do === "spend");
}
