-- The ledger. The database itself enforces the rules, so that no writer can break the books: not a bug, not an object
-- that was replaced while its call was in flight, not someone at the console.

-- A grant: the credits one entry brought in, with what remains of them. Only entries move `remaining`.
CREATE TABLE grants (
  id         TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'grt_*'),
  account_id TEXT    NOT NULL REFERENCES accounts (id),
  kind       TEXT    NOT NULL CHECK (kind IN ('purchase', 'offline_payment', 'promotion', 'adjustment')),
  order_id   TEXT    UNIQUE REFERENCES orders (id),
  granted    INTEGER NOT NULL CHECK (granted BETWEEN 1 AND 1000000000000),
  remaining  INTEGER NOT NULL DEFAULT 0,
  -- The seq of the entry that last moved it; 0 until an entry opens it.
  last_seq   INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  CHECK ((kind = 'purchase') = (order_id IS NOT NULL)),
  -- Never more than it brought in, and refunds and disputes never take more than that.
  CHECK (remaining BETWEEN -granted AND granted)
) STRICT, WITHOUT ROWID;

-- The grants that still matter for taking and repaying. A query must say `remaining <> 0` for SQLite to use this index.
CREATE INDEX grants_with_credits ON grants (account_id, expires_at, created_at) WHERE remaining <> 0;

CREATE TABLE ledger_entries (
  account_id    TEXT    NOT NULL REFERENCES accounts (id),
  seq           INTEGER NOT NULL,
  id            TEXT    NOT NULL UNIQUE CHECK (id GLOB 'ent_*'),
  kind          TEXT    NOT NULL CHECK (kind IN (
                  'purchase', 'offline_payment', 'promotion', 'adjustment', 'refund_reversal', 'dispute_reversal',
                  'spend', 'expiry', 'refund', 'dispute', 'repayment')),
  credits       INTEGER NOT NULL CHECK (abs(credits) BETWEEN 1 AND 1000000000000),
  balance_after INTEGER NOT NULL CHECK (balance_after BETWEEN -1000000000000000 AND 1000000000000000),
  grant_id      TEXT    NOT NULL REFERENCES grants (id),
  -- The order whose money came in or went back.
  order_id      TEXT    REFERENCES orders (id),
  -- What it came from. A source is posted once per kind. `part` numbers the entries of one act over several grants.
  source_type   TEXT    NOT NULL,
  source_id     TEXT    NOT NULL,
  -- No default: INSERT OR REPLACE would substitute it for a NULL after the triggers have run.
  part          INTEGER NOT NULL CHECK (part >= 0),
  actor         TEXT    NOT NULL,
  note          TEXT,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (account_id, seq),
  CHECK (CASE
    WHEN kind IN ('purchase', 'offline_payment', 'promotion', 'refund_reversal', 'dispute_reversal') THEN credits > 0
    WHEN kind IN ('spend', 'expiry', 'refund', 'dispute') THEN credits < 0
    ELSE 1
  END),
  CHECK ((kind IN ('purchase', 'refund', 'refund_reversal', 'dispute', 'dispute_reversal')) = (order_id IS NOT NULL)),
  -- Only an act that takes from several grants has several parts. An act that brings credits brings them in one entry.
  CHECK (part = 0 OR kind = 'repayment' OR (credits < 0 AND kind IN ('spend', 'expiry', 'adjustment'))),
  -- A spend never leaves the balance below zero.
  CHECK (kind <> 'spend' OR balance_after >= 0)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX ledger_entries_once ON ledger_entries (kind, source_type, source_id, part);
-- At most one purchase per order: even two succeeded payments of one order credit it once.
CREATE UNIQUE INDEX ledger_entries_one_purchase ON ledger_entries (order_id) WHERE kind = 'purchase';
CREATE INDEX ledger_entries_of_money_back ON ledger_entries (order_id)
WHERE kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal');

CREATE TRIGGER ledger_entries_chain BEFORE INSERT ON ledger_entries
BEGIN
  -- Two writers with a stale view cannot both win, whichever object each believes it is.
  SELECT RAISE(ABORT, 'ledger: an entry continues the account''s last seq and balance')
  WHERE NOT EXISTS (
    SELECT 1 FROM accounts
    WHERE id = NEW.account_id
      AND last_seq + 1 = NEW.seq
      AND balance + NEW.credits = NEW.balance_after
  );

  -- INSERT OR REPLACE would delete a row without firing its delete trigger, so conflicts are refused here first.
  SELECT RAISE(ABORT, 'ledger: an entry is never replaced')
  WHERE EXISTS (SELECT 1 FROM ledger_entries WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'ledger: this was posted before')
  WHERE EXISTS (
    SELECT 1 FROM ledger_entries
    WHERE kind = NEW.kind AND source_type = NEW.source_type AND source_id = NEW.source_id AND part = NEW.part
  );
  SELECT RAISE(ABORT, 'ledger: an order has one purchase')
  WHERE NEW.kind = 'purchase'
    AND EXISTS (SELECT 1 FROM ledger_entries WHERE kind = 'purchase' AND order_id = NEW.order_id);

  -- A purchase brings exactly the credits of its order, to the account that placed the order.
  SELECT RAISE(ABORT, 'ledger: a purchase brings what was ordered')
  WHERE NEW.kind = 'purchase'
    AND NOT EXISTS (
      SELECT 1 FROM orders WHERE id = NEW.order_id AND account_id = NEW.account_id AND credits = NEW.credits
    );

  -- The grant belongs to the account. An entry of a bringing kind opens it, once and in full. Any other needs it open.
  SELECT RAISE(ABORT, 'ledger: an entry opens a grant of its own, or finds an open one of its account')
  WHERE NOT EXISTS (
    SELECT 1 FROM grants
    WHERE id = NEW.grant_id
      AND account_id = NEW.account_id
      AND CASE
        WHEN NEW.kind IN ('purchase', 'offline_payment', 'promotion') OR (NEW.kind = 'adjustment' AND NEW.credits > 0)
          THEN last_seq = 0 AND kind = NEW.kind AND granted = NEW.credits AND order_id IS NEW.order_id
        ELSE last_seq > 0
      END
  );

  -- Refunds, disputes and their reversals move the grant of their own order. Nothing else takes a grant below zero.
  SELECT RAISE(ABORT, 'ledger: a refund or dispute concerns the grant of its own order')
  WHERE NEW.kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')
    AND NOT EXISTS (SELECT 1 FROM grants WHERE id = NEW.grant_id AND order_id = NEW.order_id);
  SELECT RAISE(ABORT, 'ledger: refunds and disputes together take no more than their order brought')
  WHERE NEW.kind IN ('refund', 'dispute')
    AND (SELECT granted FROM grants WHERE id = NEW.grant_id) + NEW.credits + (
      SELECT COALESCE(SUM(credits), 0)
      FROM ledger_entries
      WHERE order_id = NEW.order_id AND kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')
    ) < 0;
  SELECT RAISE(ABORT, 'ledger: a reversal gives back what was taken and no more')
  WHERE NEW.kind IN ('refund_reversal', 'dispute_reversal')
    AND NEW.credits + (
      SELECT COALESCE(SUM(credits), 0)
      FROM ledger_entries
      WHERE order_id = NEW.order_id
        AND kind IN ('refund', 'refund_reversal', 'dispute', 'dispute_reversal')
        AND (kind IN ('refund', 'refund_reversal')) = (NEW.kind = 'refund_reversal')
    ) > 0;
  SELECT RAISE(ABORT, 'ledger: the grant does not hold that many credits')
  WHERE NEW.credits < 0
    AND NEW.kind NOT IN ('refund', 'dispute')
    AND EXISTS (SELECT 1 FROM grants WHERE id = NEW.grant_id AND remaining + NEW.credits < 0);
  SELECT RAISE(ABORT, 'ledger: a repayment makes good what is owed and no more')
  WHERE NEW.kind = 'repayment'
    AND NEW.credits > 0
    AND EXISTS (SELECT 1 FROM grants WHERE id = NEW.grant_id AND remaining + NEW.credits > 0);

  -- Repayments sum to zero: what one entry takes from a grant, the account's next entry brings to another.
  SELECT RAISE(ABORT, 'ledger: a repayment follows what it was taken from, credit for credit')
  WHERE CASE WHEN NEW.kind = 'repayment' AND NEW.credits > 0
    THEN NOT EXISTS (
      SELECT 1 FROM ledger_entries
      WHERE account_id = NEW.account_id
        AND seq = NEW.seq - 1
        AND kind = 'repayment'
        AND credits = -NEW.credits
        AND source_type = NEW.source_type
        AND source_id = NEW.source_id
    )
    ELSE EXISTS (
      SELECT 1 FROM ledger_entries
      WHERE account_id = NEW.account_id AND seq = NEW.seq - 1 AND kind = 'repayment' AND credits < 0
    )
  END;
END;

CREATE TRIGGER ledger_entries_move_balances AFTER INSERT ON ledger_entries
BEGIN
  UPDATE accounts SET balance = NEW.balance_after, last_seq = NEW.seq WHERE id = NEW.account_id;
  UPDATE grants SET remaining = remaining + NEW.credits, last_seq = NEW.seq WHERE id = NEW.grant_id;
END;

CREATE TRIGGER ledger_entries_are_immutable BEFORE UPDATE ON ledger_entries
BEGIN
  SELECT RAISE(ABORT, 'ledger: an entry is never changed');
END;

CREATE TRIGGER ledger_entries_are_kept BEFORE DELETE ON ledger_entries
BEGIN
  SELECT RAISE(ABORT, 'ledger: an entry is never removed');
END;

-- Only an entry being written moves a balance. Between writes no entry exists after last_seq, so nothing else can.
CREATE TRIGGER accounts_follow_the_ledger BEFORE UPDATE OF id, balance, last_seq ON accounts
BEGIN
  SELECT RAISE(ABORT, 'accounts: only a ledger entry moves the balance')
  WHERE NEW.id <> OLD.id
    OR NEW.last_seq <> OLD.last_seq + 1
    OR NOT EXISTS (
      SELECT 1 FROM ledger_entries
      WHERE account_id = NEW.id AND seq = NEW.last_seq AND balance_after = NEW.balance
    );
END;

CREATE TRIGGER grants_follow_the_ledger BEFORE UPDATE ON grants
BEGIN
  SELECT RAISE(ABORT, 'grants: only a ledger entry moves what remains')
  WHERE NEW.id <> OLD.id
    OR NEW.account_id <> OLD.account_id
    OR NEW.kind <> OLD.kind
    OR NEW.order_id IS NOT OLD.order_id
    OR NEW.granted <> OLD.granted
    OR NEW.expires_at IS NOT OLD.expires_at
    OR NEW.created_at <> OLD.created_at
    OR NEW.last_seq <= OLD.last_seq
    OR NOT EXISTS (
      SELECT 1 FROM ledger_entries
      WHERE account_id = NEW.account_id
        AND seq = NEW.last_seq
        AND grant_id = NEW.id
        AND NEW.remaining = OLD.remaining + credits
    );
END;

CREATE TRIGGER grants_begin_empty BEFORE INSERT ON grants
BEGIN
  SELECT RAISE(ABORT, 'grants: a grant is opened by an entry') WHERE NEW.remaining <> 0 OR NEW.last_seq <> 0;
  SELECT RAISE(ABORT, 'grants: a grant is never replaced')
  WHERE EXISTS (SELECT 1 FROM grants WHERE id = NEW.id OR order_id = NEW.order_id);
END;

CREATE TRIGGER grants_are_kept BEFORE DELETE ON grants
BEGIN
  SELECT RAISE(ABORT, 'grants: a grant is never removed');
END;

-- Paid and credited are one fact: an order becomes paid only in the commit that holds its purchase entry.
CREATE TRIGGER orders_paid_means_credited BEFORE UPDATE OF state ON orders WHEN NEW.state = 'paid' AND OLD.state <> 'paid'
BEGIN
  SELECT RAISE(ABORT, 'orders: paid means credited')
  WHERE NOT EXISTS (
    SELECT 1 FROM ledger_entries
    WHERE kind = 'purchase'
      AND order_id = NEW.id
      AND source_type = 'payment_intent'
      AND source_id = NEW.payment_intent_id
  );
END;
