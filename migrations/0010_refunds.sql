-- Refunds: money that goes back to the card. One asked for here is written before Stripe is asked; one made elsewhere
-- is written when Stripe tells of it.
CREATE TABLE refunds (
  id               TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'rfd_*' AND length(id) = 36),
  account_id       TEXT    NOT NULL REFERENCES accounts (id),
  order_id         TEXT    NOT NULL REFERENCES orders (id),
  -- `requested`: written here, and Stripe's answer is not known. `refused`: Stripe would not make it.
  state            TEXT    NOT NULL CHECK (state IN
                     ('requested', 'pending', 'succeeded', 'failed', 'canceled', 'refused')),
  amount_cents     INTEGER NOT NULL CHECK (amount_cents BETWEEN 1 AND 99999999),
  -- Stripe's word for why it is made.
  reason           TEXT,
  -- Who asked for it; `stripe` where it was made there.
  actor            TEXT    NOT NULL,
  note             TEXT,
  stripe_refund_id TEXT    UNIQUE,
  -- Stripe's word for why it failed, or for why it would not make it.
  failure          TEXT,
  requested_at     INTEGER NOT NULL,
  -- Numbers the keys Stripe is asked with: one that it has spent on a failure of its own would repeat that for ever.
  attempt          INTEGER NOT NULL DEFAULT 1,
  -- When Stripe was first known to have it. Of several, the one known first takes its credits first.
  known_at         INTEGER,
  -- When reconciling first saw Stripe have it as we do. Null: not seen yet.
  reconciled_at    INTEGER,
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
  -- Two members of staff at once, through whichever objects, cannot ask for more than the order brought.
  SELECT RAISE(ABORT, 'refunds: no more than what is left of the order is asked for')
  WHERE NEW.state = 'requested'
    AND NEW.amount_cents + (
      SELECT COALESCE(SUM(amount_cents), 0)
      FROM refunds
      WHERE order_id = NEW.order_id AND state IN ('requested', 'pending', 'succeeded')
    ) > (SELECT amount_cents FROM orders WHERE id = NEW.order_id);
END;

-- What Stripe says later wins over what it said before; what has failed stays failed.
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
BEFORE UPDATE OF id, account_id, order_id, amount_cents, actor, requested_at ON refunds
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

-- One row an order of which money may have gone back: how far what Stripe says is known, and how far the ledger follows.
CREATE TABLE money_back (
  order_id   TEXT    NOT NULL PRIMARY KEY REFERENCES orders (id),
  account_id TEXT    NOT NULL REFERENCES accounts (id),
  -- Each asking of Stripe gets the next number before it asks, so that of two answers the one asked for later is known.
  asked      INTEGER NOT NULL DEFAULT 0,
  -- Counts the writings of refunds and disputes; and the last of them that the ledger follows.
  known      INTEGER NOT NULL DEFAULT 0,
  posted     INTEGER NOT NULL DEFAULT 0,
  CHECK (posted <= known)
) STRICT, WITHOUT ROWID;

CREATE INDEX money_back_by_account ON money_back (account_id);
CREATE INDEX money_back_not_posted ON money_back (account_id) WHERE posted < known;

-- In the commit of the entries: what they follow is still all that is known, or nothing is posted.
CREATE TRIGGER money_back_is_posted_as_known BEFORE UPDATE ON money_back
BEGIN
  SELECT RAISE(ABORT, 'money_back: more is known by now than what is being posted')
  WHERE NEW.posted <> OLD.posted AND NEW.posted <> OLD.known;
  SELECT RAISE(ABORT, 'money_back: numbers only rise')
  WHERE NEW.asked < OLD.asked OR NEW.known < OLD.known OR NEW.posted < OLD.posted;
END;

-- What of a grant expired unused: a quote says it.
CREATE INDEX ledger_entries_of_expiry ON ledger_entries (grant_id) WHERE kind = 'expiry';

-- Mails about money that went back: written in the commit they tell of, sent afterwards, each of them once.
CREATE TABLE mails (
  kind       TEXT    NOT NULL CHECK (kind IN ('refunded', 'refund_failed', 'dispute_opened', 'dispute_closed')),
  -- The refund or the dispute it is about.
  subject_id TEXT    NOT NULL,
  account_id TEXT    NOT NULL REFERENCES accounts (id),
  order_id   TEXT    NOT NULL REFERENCES orders (id),
  due_at     INTEGER NOT NULL,
  -- Whoever sends it claims it first; a claim whose sender died runs out.
  claimed_at INTEGER,
  sent_at    INTEGER,
  PRIMARY KEY (kind, subject_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mails_due ON mails (account_id, due_at) WHERE sent_at IS NULL;
