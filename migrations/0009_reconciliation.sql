-- What runs on a schedule: the cron's runs, and the comparison of our books with Stripe's.

-- One run of the cron: what it looked at, settled, and failed to settle. Kept for 30 days.
CREATE TABLE cron_runs (
  id                 INTEGER NOT NULL PRIMARY KEY,
  started_at         INTEGER NOT NULL,
  finished_at        INTEGER,
  accounts_looked_at INTEGER NOT NULL DEFAULT 0,
  -- Accounts whose object could not be reached or failed.
  accounts_failed    INTEGER NOT NULL DEFAULT 0,
  orders_looked_at   INTEGER NOT NULL DEFAULT 0,
  -- Orders settled; orders still waiting for Stripe or their customer; orders that could not be settled.
  orders_settled     INTEGER NOT NULL DEFAULT 0,
  orders_waiting     INTEGER NOT NULL DEFAULT 0,
  orders_failed      INTEGER NOT NULL DEFAULT 0,
  -- The last account looked at, written as the run goes. The next run continues after it. Null once all were looked at.
  stopped_after      TEXT
) STRICT;

CREATE INDEX cron_runs_by_start ON cron_runs (started_at);

-- What recovery looks for besides open orders.
CREATE INDEX cards_to_detach ON cards (account_id) WHERE detach_is_due = 1;
CREATE INDEX accounts_with_stale_customer ON accounts (id) WHERE customer_is_stale = 1;

-- One comparison of our books with Stripe's. It works page by page; stage and cursor say where it resumes.
CREATE TABLE reconciliations (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'rec_*'),
  -- The period compared, by when Stripe created its objects.
  from_at     INTEGER NOT NULL,
  until_at    INTEGER NOT NULL CHECK (until_at >= from_at),
  stage       TEXT    NOT NULL CHECK (stage IN
                ('payments', 'refunds', 'disputes', 'fraud_warnings', 'orders', 'money_back', 'differences', 'books', 'done')),
  cursor      TEXT,
  -- How many pages are done. Each page is written in one commit with its number.
  pages       INTEGER NOT NULL DEFAULT 0,
  -- How often the page it is at has failed, and how many stages were given up because a page failed again and again.
  failures    INTEGER NOT NULL DEFAULT 0,
  skipped     INTEGER NOT NULL DEFAULT 0,
  -- Our succeeded payments in the period, how many of them had to be posted, and how many accounts were recomputed.
  payments    INTEGER NOT NULL DEFAULT 0,
  settled     INTEGER NOT NULL DEFAULT 0,
  accounts    INTEGER NOT NULL DEFAULT 0,
  -- The number of open differences when it finished.
  differences INTEGER,
  started_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  finished_at INTEGER,
  CHECK ((stage = 'done') = (finished_at IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX reconciliations_one_at_a_time ON reconciliations ((1)) WHERE finished_at IS NULL;
CREATE INDEX reconciliations_by_start ON reconciliations (started_at);

-- Of two runs with the same page, the second writes nothing of what it found: it read Stripe before the first had moved on.
CREATE TRIGGER reconciliations_move_page_by_page BEFORE UPDATE OF pages ON reconciliations
BEGIN
  SELECT RAISE(ABORT, 'reconciliations: another run has written this page')
  WHERE NEW.pages <> OLD.pages + 1 OR OLD.finished_at IS NOT NULL;
END;

-- Where our books disagree with Stripe's or with themselves, with both sides, for staff to look at.
CREATE TABLE differences (
  kind          TEXT    NOT NULL,
  -- What it is about: a payment intent, a refund, a dispute, a fraud warning, an account, a grant, an entry or an order;
  -- or the stage of a comparison that was given up.
  subject       TEXT    NOT NULL,
  account_id    TEXT,
  -- No foreign key: the difference may be that the order does not exist.
  order_id      TEXT,
  ours          TEXT    CHECK (json_valid(ours)),
  theirs        TEXT    CHECK (json_valid(theirs)),
  occurred_at   INTEGER NOT NULL,
  found_at      INTEGER NOT NULL,
  last_found_at INTEGER NOT NULL,
  -- Rises when what differs has changed, and when it is there again after it was gone.
  version       INTEGER NOT NULL DEFAULT 1,
  -- When a later look no longer found it.
  resolved_at   INTEGER,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX differences_unresolved ON differences (subject) WHERE resolved_at IS NULL;
CREATE INDEX differences_resolved ON differences (resolved_at) WHERE resolved_at IS NOT NULL;

-- Differences that staff have looked into and closed, each as it was then.
CREATE TABLE difference_closings (
  kind      TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  closed_by TEXT    NOT NULL,
  note      TEXT    NOT NULL CHECK (note <> ''),
  PRIMARY KEY (kind, subject, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX difference_closings_by_time ON difference_closings (closed_at);

CREATE TRIGGER difference_closings_are_immutable BEFORE UPDATE ON difference_closings
BEGIN
  SELECT RAISE(ABORT, 'difference_closings: what staff noted is never changed');
END;

CREATE TRIGGER difference_closings_are_kept BEFORE DELETE ON difference_closings
BEGIN
  SELECT RAISE(ABORT, 'difference_closings: what staff noted is never deleted');
END;

-- What staff still have to look into. A closed difference is open again once it is another version.
CREATE VIEW open_differences AS
SELECT d.*
FROM differences AS d
WHERE d.resolved_at IS NULL
  AND NOT EXISTS (
    SELECT 1
    FROM difference_closings AS c
    WHERE c.kind = d.kind AND c.subject = d.subject AND c.version = d.version
  );

-- When Stripe's list of payments was first seen to show this paid order's payment as we have it. Null: not seen yet.
ALTER TABLE orders ADD COLUMN reconciled_at INTEGER;

CREATE INDEX orders_to_reconcile ON orders (id) WHERE state = 'paid' AND reconciled_at IS NULL;
