/** Ledger entries, newest first: when, kind, credits, balance after, who made it, and its source. */
import type { OrderEntry } from "../../../store/order-history.ts";
import { countText } from "../../../amount-text.ts";
import { Moment } from "../../components/moment.tsx";
import { plain } from "../refund-words.ts";
import { RowsTable } from "./parts.tsx";

/** A table of at most `limit` entries, or the sentence `empty` if there are none. */
export function Entries({
  entries,
  limit,
  empty,
}: {
  entries: readonly OrderEntry[];
  limit: number;
  empty: string;
}) {
  if (entries.length === 0) {
    return <p class="empty">{empty}</p>;
  }
  return (
    <>
      <RowsTable
        label="Entries"
        heads={["When", "Kind", "Credits#", "Balance after#", "Who", "Source"]}
        rows={entries.map((entry) => [
          <Moment at={entry.createdAt} />,
          plain(entry.kind),
          signed(entry.credits),
          countText(entry.balanceAfter),
          <>
            {entry.actor}
            {entry.note !== null && <div class="fine">{entry.note}</div>}
          </>,
          <code>{entry.sourceId}</code>,
        ])}
      />
      {entries.length === limit && <p class="fine">{`Showing the newest ${limit}.`}</p>}
    </>
  );
}

function signed(credits: number): string {
  return credits > 0 ? `+${countText(credits)}` : `−${countText(-credits)}`;
}
