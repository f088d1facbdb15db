/** A statement line in JSON responses. */
import type { OrderId } from "../domain/ids.ts";
import type { PostedKind } from "../store/ledger.ts";
import type { StatementLine } from "./statement-lines.ts";
import { wordsFor } from "./statement-words.ts";

/** One line in a JSON response. `at` is ISO 8601 in UTC. */
export type StatementLineJson = {
  seq: number;
  kind: PostedKind;
  what: string;
  detail: string | null;
  /** The change in the balance; 0 for a repayment, which only moves credits between grants. */
  credits: number;
  balance: number;
  order_id: OrderId | null;
  receipt_number: number | null;
  at: string;
};

/** `line` as it appears in a JSON response. */
export function toStatementLineJson(line: StatementLine): StatementLineJson {
  const { title, detail } = wordsFor(line);
  return {
    seq: line.seq,
    kind: line.kind,
    what: title,
    detail,
    credits: line.credits,
    balance: line.balance,
    order_id: line.orderId,
    receipt_number: line.receiptNumber,
    at: new Date(line.at).toISOString(),
  };
}
