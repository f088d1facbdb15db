/** The kinds of money that goes back, and everything that happens in each: here, at Stripe, and at the bank. */
import type { AccountSettings } from "./faults.ts";

/** Something that happens. `arrive`: Stripe delivers what it has to tell. */
export type Act =
  | { do: "ask" }
  | { do: "arrive" }
  | { do: "spend"; credits: number }
  | { do: "buy_more"; credits: number }
  | { do: "refund"; cents: number }
  | { do: "refund_at_stripe"; cents: number }
  | { do: "refund_succeeds" }
  | { do: "refund_fails" }
  | { do: "refund_is_called_off" }
  | { do: "dispute"; cents: number | "all"; isInquiry?: true }
  | { do: "dispute_moves"; to: string }
  | { do: "bank_warns" };

/** What is asked for here, by whom. */
type Asked = { by: "staff" | "customer"; cents: number | "left" };

export type Kind = {
  name: string;
  card: string;
  /** Whether the purchase itself was cut off after the charge, so that our books know nothing of it. */
  isUnknownPurchase: boolean;
  /** Settings of the operator's, where they differ from the deployment's. */
  settings: AccountSettings;
  asks: Asked | null;
  /** What happens before, with nothing failing; and what is done then, which dies at one of its steps. */
  before: readonly Act[];
  deed: readonly Act[];
  /** What becomes of the refund that is asked for here, or that a warning brings about; null where there is none, or either may be. */
  ends: "made" | "refused" | null;
};

/** Ten thousand credits and more cost 0.9 cents each, so that no part of the money is a whole number of credits. */
export const CREDITS = 12_345;
const SOME_CENTS = 3_333;
const MORE_CENTS = 5_000;

/** What is said of a kind where nothing else is. */
export const PLAIN = {
  card: "4242424242424242",
  isUnknownPurchase: false,
  settings: {},
  asks: null,
  before: [],
  ends: null,
} as const;
const PENDING = { ...PLAIN, card: "4000000000007726", asks: { by: "staff", cents: SOME_CENTS } } as const;

/** Every kind there is. */
export const KINDS: readonly Kind[] = [
  {
    ...PLAIN,
    name: "refund in whole",
    asks: { by: "staff", cents: "left" },
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund in part",
    asks: { by: "staff", cents: SOME_CENTS },
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund of an order partly spent",
    asks: { by: "staff", cents: "left" },
    before: [{ do: "spend", credits: 9_000 }],
    deed: [{ do: "ask" }],
    ends: "made",
  },
  {
    ...PLAIN,
    name: "refund of an order spent, made good by another",
    asks: { by: "staff", cents: "left" },
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
    asks: { by: "customer", cents: "left" },
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
    asks: { by: "staff", cents: SOME_CENTS },
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
    asks: { by: "staff", cents: SOME_CENTS },
    before: [
      { do: "dispute", cents: MORE_CENTS },
      { do: "arrive" },
      { do: "dispute_moves", to: "won" },
      { do: "arrive" },
    ],
    deed: [{ do: "ask" }],
    // Stripe makes no refund of a payment that was charged back, whatever came of it.
    ends: "refused",
  },
  {
    ...PLAIN,
    name: "refund during an inquiry that becomes a dispute",
    asks: { by: "staff", cents: SOME_CENTS },
    before: [{ do: "dispute", cents: MORE_CENTS, isInquiry: true }, { do: "arrive" }],
    deed: [{ do: "ask" }, { do: "dispute_moves", to: "needs_response" }, { do: "arrive" }],
    // Made, unless Stripe is only asked once the dispute is there: then it makes none, and neither do we.
    ends: null,
  },
  {
    ...PLAIN,
    name: "refund on a fraud warning",
    settings: { REFUND_ON_FRAUD_WARNING: "yes" },
    deed: [{ do: "bank_warns" }, { do: "arrive" }],
    ends: "made",
  },
];

/** Whether nothing happens but that somebody here asks: then whoever finishes that has finished all. */
export function isAllOurs({ deed }: Kind): boolean {
  return deed.every((act) => act.do === "ask");
}
