-- Refunds: money that goes back to the card. A refund requested here is written before Stripe is called. One made
-- elsewhere is written when Stripe reports it.
CREATE TABLE refunds (
  id               TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'rfd_*' AND length(id) = 36),
  account_id       TEXT    NOT NULL REFERENCES accounts (id),
  order_id         TEXT    NOT NULL REFERENCES orders (id),
  -- `requested`: written here, and Stripe's answer is not known. `refused`: it was not made.
  state            TEXT    NOT NULL CHECK (state IN
                     ('requested', 'pending', 'succeeded', 'failed', 'canceled', 'refused')),
  amount_cents     INTEGER NOT NULL CHECK (amount_cents BETWEEN 1 AND 99999999),
  -- Stripe's code for why it is made.
  reason           TEXT,
  -- Who requested it; `stripe` if it was made there.
  actor            TEXT    NOT NULL,
  note             TEXT,
  stripe_refund_id TEXT    UNIQUE,
  -- The code for why it failed or was refused: Stripe's, or our own.
  failure          TEXT,
  requested_at     INTEGER NOT NULL,
  -- Numbers the idempotency keys. Stripe repeats its own failure for the same key, so a new attempt needs a new key.
  attempt          INTEGER NOT NULL DEFAULT 1,
  -- When Stripe was first known to have it. Refunds take their credits in the order in which they became known.
  known_at         INTEGER,
  -- When reconciling first saw that Stripe has it as we do. Null: not seen yet.
  reconciled_at    INTEGER,
  -- Credits kept from being spent until the refund takes them: a customer gets money back for unused credits only.
  credits_set_aside INTEGER NOT NULL DEFAULT 0 CHECK (credits_set_aside >= 0),
  CHECK ((stripe_refund_id IS NULL) = (known_at IS NULL)),
  CHECK ((stripe_refund_id IS NULL) = (state IN ('requested', 'refused')))
) STRICT, WITHOUT ROWID;

CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX refunds_to_reconcile ON refunds (stripe_refund_id) WHERE known_at IS NOT NULL AND reconciled_at IS NULL;
CREATE INDEX refunds_failed ON refunds (requested_at) WHERE state IN ('failed', 'canceled', 'refused');
CREATE INDEX refunds_requested ON refunds (account_id, requested_at) WHERE state = 'requested';

CREATE TRIGGER refunds_are_of_paid_orders BEFORE INSERT ON refunds
BEGIN
  SELECT RAISE(ABORT, 'refunds: a refund is never replaced')
  WHERE EXISTS (SELECT 1 FROM refunds WHERE id = NEW.id OR stripe_refund_id = NEW.stripe_refund_id);
  SELECT RAISE(ABORT, 'refunds: only a paid order of the account is refunded')
  WHERE NOT EXISTS (
    SELECT 1 FROM orders WHERE id = NEW.order_id AND account_id = NEW.account_id AND state = 'paid'
  );
  -- Simultaneous requests, through whichever objects, cannot together ask for more than was paid for the order.
  SELECT RAISE(ABORT, 'refunds: no more than what is left of the order is asked for')
  WHERE NEW.state = 'requested'
    AND NEW.amount_cents + (
      SELECT COALESCE(SUM(amount_cents), 0)
      FROM refunds
      WHERE order_id = NEW.order_id AND state IN ('requested', 'pending', 'succeeded')
    ) > (SELECT amount_cents FROM orders WHERE id = NEW.order_id);
END;

-- A later answer from Stripe overrides an earlier one. A refund that failed stays failed.
CREATE TRIGGER refunds_move_forward BEFORE UPDATE OF state ON refunds WHEN OLD.state <> NEW.state
BEGIN
  SELECT RAISE(ABORT, 'refunds: no way from that state to this')
  WHERE NOT (CASE OLD.state
    WHEN 'requested' THEN 1
    WHEN 'refused'   THEN NEW.state <> 'requested'
    WHEN 'pending'   THEN NEW.state IN ('succeeded', 'failed', 'canceled')
    WHEN 'succeeded' THEN NEW.state IN ('failed', 'canceled')
    ELSE 0
  END);
END;

CREATE TRIGGER refunds_keep_their_content
BEFORE UPDATE OF id, account_id, order_id, amount_cents, actor, requested_at, credits_set_aside ON refunds
BEGIN
  SELECT RAISE(ABORT, 'refunds: what was asked for never changes');
END;

CREATE TRIGGER refunds_keep_their_name BEFORE UPDATE OF stripe_refund_id, known_at ON refunds
BEGIN
  SELECT RAISE(ABORT, 'refunds: a refund is one and the same at Stripe')
  WHERE (OLD.stripe_refund_id IS NOT NULL
      AND (NEW.stripe_refund_id IS NOT OLD.stripe_refund_id OR NEW.known_at IS NOT OLD.known_at))
    OR EXISTS (SELECT 1 FROM refunds WHERE id <> OLD.id AND stripe_refund_id = NEW.stripe_refund_id);
END;

CREATE TRIGGER refunds_are_kept BEFORE DELETE ON refunds
BEGIN
  SELECT RAISE(ABORT, 'refunds: a refund is never deleted');
END;

-- One row per order whose money may have gone back: how much is known from Stripe, and how far the ledger follows.
CREATE TABLE money_back (
  order_id   TEXT    NOT NULL PRIMARY KEY REFERENCES orders (id),
  account_id TEXT    NOT NULL REFERENCES accounts (id),
  -- Each request to Stripe takes the next number before it is sent. Of two answers, the higher number is the newer.
  asked      INTEGER NOT NULL DEFAULT 0,
  -- `known` counts the writes of refunds and disputes. `posted` is the last of them that the ledger follows.
  known      INTEGER NOT NULL DEFAULT 0,
  posted     INTEGER NOT NULL DEFAULT 0,
  CHECK (posted <= known)
) STRICT, WITHOUT ROWID;

CREATE INDEX money_back_by_account ON money_back (account_id);
CREATE INDEX money_back_not_posted ON money_back (account_id) WHERE posted < known;

-- Runs in the commit that posts the entries. If more has become known since they were computed, nothing is posted.
CREATE TRIGGER money_back_is_posted_as_known BEFORE UPDATE ON money_back
BEGIN
  SELECT RAISE(ABORT, 'money_back: more is known by now than what is being posted')
  WHERE NEW.posted <> OLD.posted AND NEW.posted <> OLD.known;
  SELECT RAISE(ABORT, 'money_back: numbers only rise')
  WHERE NEW.asked < OLD.asked OR NEW.known < OLD.known OR NEW.posted < OLD.posted;
END;

-- Credits of which the customer wants the money back are not spent meanwhile: from the request until the ledger follows.
CREATE TRIGGER spends_leave_what_is_set_aside BEFORE INSERT ON ledger_entries WHEN NEW.kind = 'spend'
BEGIN
  SELECT RAISE(ABORT, 'ledger: these credits are set aside for a refund')
  WHERE EXISTS (
    SELECT 1
    FROM grants
    JOIN refunds ON refunds.order_id = grants.order_id
    LEFT JOIN money_back ON money_back.order_id = grants.order_id
    WHERE grants.id = NEW.grant_id
      AND refunds.credits_set_aside > 0
      AND (refunds.state = 'requested'
        OR (refunds.state IN ('pending', 'succeeded') AND money_back.posted < money_back.known))
    GROUP BY grants.id
    HAVING grants.remaining + NEW.credits < SUM(refunds.credits_set_aside)
  );
END;

-- For refund quotes: how much of a grant expired unused.
CREATE INDEX ledger_entries_of_expiry ON ledger_entries (grant_id) WHERE kind = 'expiry';

-- Mails about money that went back: written in the commit they report, sent afterwards. A refund or dispute gets one
-- mail for each turn it takes: a dispute that is won, appealed and lost gets four. Each is sent once, unless its sender
-- dies after sending it and before recording that here.
CREATE TABLE mails (
  -- The refund or dispute it is about, and the number of this mail among those about it.
  subject_id TEXT    NOT NULL,
  turn       INTEGER NOT NULL CHECK (turn >= 1),
  kind       TEXT    NOT NULL CHECK (kind IN
               ('refunded', 'refund_failed', 'refund_refused',
                'dispute_opened', 'dispute_appealed', 'dispute_won', 'dispute_lost')),
  account_id TEXT    NOT NULL REFERENCES accounts (id),
  order_id   TEXT    NOT NULL REFERENCES orders (id),
  due_at     INTEGER NOT NULL,
  -- A sender claims a mail before sending it. The claim expires, in case the sender died.
  claimed_at INTEGER,
  sent_at    INTEGER,
  PRIMARY KEY (subject_id, turn)
) STRICT, WITHOUT ROWID;

CREATE INDEX mails_due ON mails (account_id, due_at) WHERE sent_at IS NULL;
