/** Every dispute: those that are open, and page by page those that were decided. */
import type { Dispute } from "../../../domain/dispute.ts";
import type { OrderId } from "../../../domain/ids.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { KnownOrder } from "../../../store/known-orders.ts";
import { DisputeItem } from "./dispute-item.tsx";
import { List } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/** One page of them. `open` holds at most `limit`, and one more where there are more. */
export type DisputesSeen = {
  open: readonly Dispute[];
  decided: readonly Dispute[];
  orders: ReadonlyMap<OrderId, KnownOrder>;
  /** When each was decided, as far as that is known. */
  decisions: ReadonlyMap<string, Instant>;
  isFirst: boolean;
  /** The last of this page, where there are more after it. */
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
            empty={isFirst ? "No dispute was ever decided." : "No dispute was decided before these."}
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
              {!isFirst && <a href="/admin/disputes">The newest</a>}
              {next !== null && <a href={`/admin/disputes?before=${encodeURIComponent(next)}`}>Older ones</a>}
            </p>
          )}
        </section>
      </div>
    </StaffLayout>
  );
}
