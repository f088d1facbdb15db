/** A card as its owner knows it: the brand's mark and name, and the last four digits. */
import type { Child } from "hono/jsx";

type Brand = { name: string; mark?: () => Child };

// By Stripe's brand codes; any other brand is shown as "Card". https://docs.stripe.com/api/payment_methods/object#payment_method_object-card-brand
const BRANDS: Readonly<Record<string, Brand>> = {
  amex: { name: "American Express", mark: () => <Word fill="#1f72cd" size="8" text="AMEX" /> },
  diners: { name: "Diners Club", mark: () => <Discs left="#0079be" right="#8fb8d8" /> },
  discover: { name: "Discover", mark: () => <Discs left="#39393f" right="#f47216" /> },
  eftpos_au: { name: "eftpos" },
  jcb: { name: "JCB", mark: () => <Word fill="#0e4c96" size="10" text="JCB" /> },
  mastercard: { name: "Mastercard", mark: () => <Discs left="#eb001b" right="#f79e1b" /> },
  unionpay: { name: "UnionPay", mark: () => <Word fill="#00447c" size="6" text="UnionPay" /> },
  visa: { name: "Visa", mark: () => <Word fill="#1434cb" size="10" text="VISA" /> },
};

/** The brand's display name. */
function brandName(brand: string): string {
  return BRANDS[brand]?.name ?? "Card";
}

/** `Visa ···· 4242`, for places that take only text. */
export function cardText(card: { brand: string; last4: string }): string {
  return `${brandName(card.brand)} ···· ${card.last4}`;
}

/** The same with the brand's mark. Read aloud as "Visa ending in 4242". */
export function CardMark({ card }: { card: { brand: string; last4: string } }) {
  return (
    <span class="card-mark">
      {BRANDS[card.brand]?.mark?.() ?? <PlainCard />}
      <span aria-hidden="true">{cardText(card)}</span>
      <span class="spoken">{`${brandName(card.brand)} ending in ${card.last4}`}</span>
    </span>
  );
}

function Word({ fill, size, text }: { fill: string; size: string; text: string }) {
  return (
    <svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true" focusable="false">
      <rect width="32" height="20" rx="3" fill={fill} />
      <text
        x="16"
        y="10.5"
        fill="#fff"
        font-size={size}
        font-weight="700"
        text-anchor="middle"
        dominant-baseline="middle"
      >
        {text}
      </text>
    </svg>
  );
}

function Discs({ left, right }: { left: string; right: string }) {
  return (
    <svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true" focusable="false">
      <rect width="32" height="20" rx="3" fill="#f4f4f6" />
      <circle cx="12.5" cy="10" r="6" fill={left} />
      <circle cx="19.5" cy="10" r="6" fill={right} fill-opacity="0.85" />
    </svg>
  );
}

function PlainCard() {
  return (
    <svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true" focusable="false">
      <rect width="32" height="20" rx="3" fill="#6b7280" />
      <rect y="4" width="32" height="4" fill="#374151" />
    </svg>
  );
}
