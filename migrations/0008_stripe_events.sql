-- Stripe's events as delivered, for the operator to see. They never guard against posting twice: the ledger does that.
CREATE TABLE stripe_events (
  id            TEXT    NOT NULL PRIMARY KEY,
  type          TEXT    NOT NULL,
  -- The Stripe object it is about.
  object_id     TEXT,
  order_id      TEXT    REFERENCES orders (id),
  -- What came of the last delivery: its effect is in the books, it holds nothing for them, it is not ours, or the work
  -- is unfinished.
  outcome       TEXT    NOT NULL CHECK (outcome IN ('settled', 'noted', 'not_ours', 'unfinished')),
  deliveries    INTEGER NOT NULL DEFAULT 1,
  -- When Stripe created the event, and when we first and last received it.
  created_at    INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX stripe_events_by_order ON stripe_events (order_id) WHERE order_id IS NOT NULL;
-- Those about what others sell through the same Stripe account are kept for 30 days.
CREATE INDEX stripe_events_of_others ON stripe_events (last_seen_at) WHERE outcome = 'not_ours' AND order_id IS NULL;
