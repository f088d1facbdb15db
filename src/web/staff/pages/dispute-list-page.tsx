/** Every dispute: the open ones, and the decided ones page by page. */
import type { Dispute } from "../../../domain/dispute.ts";
import type { OrderId } from "../../../domain/ids.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { DisputeItem } from "./dispute-item.tsx";
import { List } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** One page of disputes. `open` holds at most `limit`, plus one if there are more. */
export type DisputesSeen = {
  open: readonly Dispute[];
  decided: readonly Dispute[];
  orders: ReadonlyMap<OrderId, KnownOrder>;
  /** When each was decided, if known. */
  decisions: ReadonlyMap<string, Instant>;
  isFirst: boolean;
  /** The id of the last dispute on this page, if there are more after it. */
  next: string | null;
  limit: number;
};

/** The page at /admin/disputes. */
export function DisputeListPage({
  seller,
  staff,
  seen: { open, decided, orders, decisions, isFirst, next, limit },
  now,
}: {
  seller: { name: string };
  staff: string;
  seen: DisputesSeen;
  now: Instant;
}) {
  return (
    <StaffLayout title="Disputes" seller={seller} staff={staff}>
      <div class="stack">
        <h1>Disputes</h1>
        {isFirst && (
          <section class="panel" id="open">
            <h2>Open</h2>
            <List of={open} limit={limit} empty="No dispute is open.">
              {(dispute) => <DisputeItem dispute={dispute} known={orders.get(dispute.orderId)} now={now} />}
            </List>
          </section>
        )}
        <section class="panel" id="decided">
          <h2>Decided</h2>
          <List
            of={decided}
            limit={decided.length}
            empty={isFirst ? "No dispute has been decided yet." : "There are no earlier disputes."}
          >
            {(dispute) => (
              <DisputeItem
                dispute={dispute}
                known={orders.get(dispute.orderId)}
                now={now}
                decidedAt={decisions.get(dispute.id)}
              />
            )}
          </List>
          {(next !== null || !isFirst) && (
            <p class="facts">
              {!isFirst && <a href="/admin/disputes">Newest</a>}
              {next !== null && <a href={`/admin/disputes?before=${encodeURIComponent(next)}`}>Older</a>}
            </p>
          )}
        </section>
      </div>
    </StaffLayout>
  );
}
