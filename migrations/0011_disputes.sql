-- Disputes: the cardholder contests a payment at the bank. They begin at Stripe, so the id is Stripe's own.
CREATE TABLE disputes (
  id              TEXT    NOT NULL PRIMARY KEY,
  account_id      TEXT    NOT NULL REFERENCES accounts (id),
  order_id        TEXT    NOT NULL REFERENCES orders (id),
  -- Stripe's own words, to which it may add.
  status          TEXT    NOT NULL,
  reason          TEXT    NOT NULL,
  -- The contested part of the order, and what Stripe has so far taken from the seller's balance for it.
  amount_cents    INTEGER NOT NULL CHECK (amount_cents >= 0),
  withdrawn_cents INTEGER NOT NULL,
  -- The currency of that, which is the one that Stripe settles in.
  withdrawn_currency TEXT NOT NULL,
  evidence_due_at INTEGER,
  submissions     INTEGER NOT NULL DEFAULT 0,
  opened_at       INTEGER NOT NULL,
  known_at        INTEGER NOT NULL,
  -- The number of the request to Stripe (money_back.asked, 0010) whose answer this row is.
  asked           INTEGER NOT NULL,
  -- When reconciling first saw that Stripe has it as we do. Null: not seen yet.
  reconciled_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX disputes_by_order ON disputes (order_id);
CREATE INDEX disputes_by_account ON disputes (account_id);
CREATE INDEX disputes_to_reconcile ON disputes (id) WHERE reconciled_at IS NULL;

CREATE TRIGGER disputes_are_of_paid_orders BEFORE INSERT ON disputes
BEGIN
  SELECT RAISE(ABORT, 'disputes: a dispute is never replaced') WHERE EXISTS (SELECT 1 FROM disputes WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'disputes: only a paid order of the account is disputed')
  WHERE NOT EXISTS (
    SELECT 1 FROM orders WHERE id = NEW.order_id AND account_id = NEW.account_id AND state = 'paid'
  );
END;

CREATE TRIGGER disputes_keep_their_order BEFORE UPDATE ON disputes
BEGIN
  SELECT RAISE(ABORT, 'disputes: a dispute is of one order')
  WHERE NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id OR NEW.order_id <> OLD.order_id
    OR NEW.known_at <> OLD.known_at;
  SELECT RAISE(ABORT, 'disputes: an older answer does not replace a newer one') WHERE NEW.asked < OLD.asked;
END;

CREATE TRIGGER disputes_are_kept BEFORE DELETE ON disputes
BEGIN
  SELECT RAISE(ABORT, 'disputes: a dispute is never deleted');
END;

-- While a dispute is open, the operator may stop an account from spending at all.
CREATE TRIGGER spends_stop_during_disputes BEFORE INSERT ON ledger_entries WHEN NEW.kind = 'spend'
BEGIN
  SELECT RAISE(ABORT, 'ledger: spending is stopped while a dispute is open')
  WHERE EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND spending_is_stopped = 1);
END;

-- Evidence exactly as submitted to the bank: written before Stripe is called, so that a repeat sends the same.
CREATE TABLE dispute_evidence (
  dispute_id   TEXT    NOT NULL REFERENCES disputes (id),
  -- What it answers: an inquiry, the dispute itself, or an appeal. `round`: how often evidence was submitted before.
  stage        TEXT    NOT NULL CHECK (stage IN ('inquiry', 'open', 'appeal')),
  round        INTEGER NOT NULL,
  -- A round gets another attempt only after the previous one was refused.
  attempt      INTEGER NOT NULL CHECK (attempt >= 1),
  evidence     TEXT    NOT NULL CHECK (json_valid(evidence)),
  actor        TEXT    NOT NULL,
  asked_at     INTEGER NOT NULL,
  submitted_at INTEGER,
  -- When it was refused, and Stripe's code for why; `too_late` if the bank no longer waits for it.
  refused_at   INTEGER,
  refusal      TEXT,
  PRIMARY KEY (dispute_id, stage, round, attempt),
  CHECK (submitted_at IS NULL OR refused_at IS NULL),
  CHECK ((refused_at IS NULL) = (refusal IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX dispute_evidence_waiting ON dispute_evidence (dispute_id)
  WHERE submitted_at IS NULL AND refused_at IS NULL;

CREATE TRIGGER dispute_evidence_stays_as_it_was
BEFORE UPDATE OF dispute_id, stage, round, attempt, evidence, actor, asked_at ON dispute_evidence
BEGIN
  SELECT RAISE(ABORT, 'dispute_evidence: what was submitted never changes');
END;

CREATE TRIGGER dispute_evidence_is_kept BEFORE DELETE ON dispute_evidence
BEGIN
  SELECT RAISE(ABORT, 'dispute_evidence: what was submitted is never deleted');
END;

-- When an account was signed in to. A dispute may need this long after the session is deleted: cardholders have up to
-- 540 days. It is kept no longer than that. https://docs.stripe.com/disputes/how-disputes-work
CREATE TABLE sign_ins (
  account_id   TEXT    NOT NULL REFERENCES accounts (id),
  signed_in_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sign_ins_by_account ON sign_ins (account_id, signed_in_at);
CREATE INDEX sign_ins_by_time ON sign_ins (signed_in_at);

CREATE TRIGGER sessions_are_remembered AFTER INSERT ON sessions
BEGIN
  INSERT INTO sign_ins (account_id, signed_in_at) VALUES (NEW.account_id, NEW.created_at);
  DELETE FROM sign_ins WHERE signed_in_at < NEW.created_at - 540 * 86400000;
END;

-- Early fraud warnings: the bank suspects a payment. A refund made in time prevents the dispute.
CREATE TABLE fraud_warnings (
  id            TEXT    NOT NULL PRIMARY KEY,
  account_id    TEXT    NOT NULL REFERENCES accounts (id),
  order_id      TEXT    NOT NULL REFERENCES orders (id),
  fraud_type    TEXT    NOT NULL,
  -- Whether a refund still helps, as Stripe last said.
  is_actionable INTEGER NOT NULL CHECK (is_actionable IN (0, 1)),
  warned_at     INTEGER NOT NULL,
  known_at      INTEGER NOT NULL,
  -- When everything the operator wants done about it was done. Null: not yet.
  handled_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX fraud_warnings_by_order ON fraud_warnings (order_id);
CREATE INDEX fraud_warnings_to_handle ON fraud_warnings (account_id, known_at) WHERE handled_at IS NULL;
CREATE INDEX fraud_warnings_actionable ON fraud_warnings (warned_at) WHERE is_actionable = 1;
