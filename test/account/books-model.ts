/** A small model of an account's grants: how much of an act is allowed, and what it moves. */
import * as fc from "fast-check";
import type { Line } from "../support/books.ts";

/** What the model knows of one grant. `orderId` is null for a gift. */
export type Grant = {
  id: string;
  orderId: string | null;
  granted: number;
  remaining: number;
  refunded: number;
  disputed: number;
};

/** An act on grants, which are named by their place in the list. `size`: one credit, all that is allowed, or one more. */
export type Act = {
  kind:
    | "spend"
    | "expiry"
    | "adjustment"
    | "refund"
    | "refund_reversal"
    | "dispute"
    | "dispute_reversal"
    | "repayment";
  grant: number;
  /** The grant a repayment goes to. */
  to: number;
  size: "one" | "all" | "one_more";
};

/** Credits brought in: bought or given. */
export type Bringing = { kind: "purchase" | "promotion"; credits: number };

export const anyBringing: fc.Arbitrary<Bringing> = fc.record({
  kind: fc.constantFrom("purchase", "purchase", "promotion"),
  credits: fc.integer({ min: 1, max: 9 }),
});

export const anyAct: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom(
    "spend",
    "spend",
    "expiry",
    "adjustment",
    "refund",
    "refund",
    "refund_reversal",
    "dispute",
    "dispute_reversal",
    "repayment",
    "repayment",
    "repayment",
  ),
  grant: fc.nat({ max: 2 }),
  to: fc.nat({ max: 2 }),
  size: fc.constantFrom("one", "all", "all", "one_more"),
});

/** The most credits the rules allow an act to move; none if it is not allowed at all. */
export function limitOf(grants: readonly Grant[], { kind, grant, to }: Act): number {
  const from = grants[grant];
  if (from === undefined) {
    return 0;
  }
  switch (kind) {
    case "spend": {
      return Math.min(from.remaining, balanceOf(grants));
    }
    case "expiry":
    case "adjustment": {
      return from.remaining;
    }
    case "refund":
    case "dispute": {
      return from.orderId === null ? 0 : from.granted - from.refunded - from.disputed;
    }
    case "refund_reversal": {
      return from.refunded;
    }
    case "dispute_reversal": {
      return from.disputed;
    }
    case "repayment": {
      return Math.min(from.remaining, 0 - (grants[to]?.remaining ?? 0));
    }
  }
}

export function balanceOf(grants: readonly Grant[]): number {
  return grants.reduce((sum, { remaining }) => sum + remaining, 0);
}

/** The lines that post an act of that many credits. */
export function linesOf(grants: readonly Grant[], asked: Act, credits: number, sourceId: string): Line[] {
  const from = grants[asked.grant];
  const line = {
    kind: asked.kind,
    grant_id: from?.id ?? "grt_none",
    source_type: "act",
    source_id: sourceId,
  };
  switch (asked.kind) {
    case "spend":
    case "expiry":
    case "adjustment": {
      return [{ ...line, credits: -credits }];
    }
    case "refund":
    case "dispute": {
      return [{ ...line, credits: -credits, order_id: from?.orderId ?? null }];
    }
    case "refund_reversal":
    case "dispute_reversal": {
      return [{ ...line, credits, order_id: from?.orderId ?? null }];
    }
    case "repayment": {
      const to = grants[asked.to]?.id ?? "grt_none";
      return [
        { ...line, credits: -credits },
        { ...line, credits, grant_id: to, part: 1 },
      ];
    }
  }
}

/** The grants after an act of that many credits. */
export function after(grants: readonly Grant[], asked: Act, credits: number): Grant[] {
  return grants.map((grant, place) => {
    const moved = { ...grant };
    if (place === asked.grant) {
      const isReversal = asked.kind === "refund_reversal" || asked.kind === "dispute_reversal";
      const takenBack = isReversal ? -credits : credits;
      moved.remaining -= takenBack;
      if (asked.kind === "refund" || asked.kind === "refund_reversal") {
        moved.refunded += takenBack;
      }
      if (asked.kind === "dispute" || asked.kind === "dispute_reversal") {
        moved.disputed += takenBack;
      }
    }
    if (place === asked.to && asked.kind === "repayment") {
      moved.remaining += credits;
    }
    return moved;
  });
}
