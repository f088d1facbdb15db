-- What was looked at when nobody asked: the cron's runs, and the comparison of our books with Stripe's.

-- One run of the cron: what it looked at, settled, and could not. Kept for a month.
CREATE TABLE cron_runs (
  id                 INTEGER NOT NULL PRIMARY KEY,
  started_at         INTEGER NOT NULL,
  finished_at        INTEGER,
  accounts_looked_at INTEGER NOT NULL DEFAULT 0,
  -- Accounts whose object could not be asked.
  accounts_failed    INTEGER NOT NULL DEFAULT 0,
  orders_looked_at   INTEGER NOT NULL DEFAULT 0,
  -- Orders brought to an end; those still waiting for Stripe or their customer; those that could not be settled.
  orders_settled     INTEGER NOT NULL DEFAULT 0,
  orders_waiting     INTEGER NOT NULL DEFAULT 0,
  orders_failed      INTEGER NOT NULL DEFAULT 0,
  -- The last account looked at, where the run had no time for all: the next run goes on after it.
  stopped_after      TEXT
) STRICT;

CREATE INDEX cron_runs_by_start ON cron_runs (started_at);

-- What recovery looks for beside open orders.
CREATE INDEX cards_to_detach ON cards (account_id) WHERE detach_is_due = 1;
CREATE INDEX accounts_with_stale_customer ON accounts (id) WHERE customer_is_stale = 1;

-- One comparison of our books with Stripe's. Works page by page; stage and cursor say where it goes on after an interruption.
CREATE TABLE reconciliations (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'rec_*'),
  -- The period of Stripe's payments, by the time they were made.
  from_at     INTEGER NOT NULL,
  until_at    INTEGER NOT NULL CHECK (until_at >= from_at),
  stage       TEXT    NOT NULL CHECK (stage IN
                ('payments', 'refunds', 'disputes', 'fraud_warnings', 'orders', 'money_back', 'differences', 'books', 'done')),
  cursor      TEXT,
  -- Succeeded payments of ours in the period, how many of them had to be posted, and accounts recomputed.
  payments    INTEGER NOT NULL DEFAULT 0,
  settled     INTEGER NOT NULL DEFAULT 0,
  accounts    INTEGER NOT NULL DEFAULT 0,
  -- Differences without a resolution when it was done.
  differences INTEGER,
  started_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  finished_at INTEGER,
  CHECK ((stage = 'done') = (finished_at IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX reconciliations_one_at_a_time ON reconciliations ((1)) WHERE finished_at IS NULL;
CREATE INDEX reconciliations_by_start ON reconciliations (started_at);

-- Where our books and Stripe's, or our books and themselves, do not agree, with both sides, for staff to look at.
CREATE TABLE differences (
  kind          TEXT    NOT NULL,
  -- What it is about: a payment intent, a refund, a dispute, a fraud warning, an account, a grant, an entry or an order.
  subject       TEXT    NOT NULL,
  account_id    TEXT,
  -- Without a foreign key: that there is no such order may be the difference.
  order_id      TEXT,
  ours          TEXT    CHECK (json_valid(ours)),
  theirs        TEXT    CHECK (json_valid(theirs)),
  occurred_at   INTEGER NOT NULL,
  found_at      INTEGER NOT NULL,
  last_found_at INTEGER NOT NULL,
  -- When it was looked at again and was no longer there.
  resolved_at   INTEGER,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX differences_unresolved ON differences (subject) WHERE resolved_at IS NULL;

-- When Stripe's list of payments was last seen to hold this paid order's, amount and all. Null: not seen yet.
ALTER TABLE orders ADD COLUMN reconciled_at INTEGER;

CREATE INDEX orders_to_reconcile ON orders (id) WHERE state = 'paid' AND reconciled_at IS NULL;
