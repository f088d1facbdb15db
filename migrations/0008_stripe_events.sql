-- Stripe's events, as delivered: for the operator to see, never the guard against posting twice (that is the ledger's).
CREATE TABLE stripe_events (
  id            TEXT    NOT NULL PRIMARY KEY,
  type          TEXT    NOT NULL,
  -- The Stripe object it tells of.
  object_id     TEXT,
  order_id      TEXT    REFERENCES orders (id),
  -- What came of it the last time: its effect is in the books, nothing in it was for them, it is not ours, or the work is unfinished.
  outcome       TEXT    NOT NULL CHECK (outcome IN ('settled', 'noted', 'not_ours', 'unfinished')),
  deliveries    INTEGER NOT NULL DEFAULT 1,
  -- Stripe's time of the event, and ours of its first and last delivery.
  created_at    INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX stripe_events_by_order ON stripe_events (order_id) WHERE order_id IS NOT NULL;
