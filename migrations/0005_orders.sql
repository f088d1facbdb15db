-- Orders: each is one attempt to buy credits. The row is written before Stripe is called.
CREATE TABLE orders (
  id                 TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'ord_*' AND length(id) = 36),
  account_id         TEXT    NOT NULL REFERENCES accounts (id),
  state              TEXT    NOT NULL CHECK (state IN
                       ('placed', 'verifying', 'paying', 'paid', 'refused', 'declined', 'abandoned')),
  credits            INTEGER NOT NULL CHECK (credits BETWEEN 1 AND 1000000000),
  unit_price_micros  INTEGER NOT NULL CHECK (unit_price_micros BETWEEN 1 AND 1000000000),
  amount_cents       INTEGER NOT NULL CHECK (amount_cents BETWEEN 1 AND 99999999),
  currency           TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  -- For a new card: its token, and whether to keep the card. An order by saved card has card_id from the start.
  confirmation_token TEXT,
  save_card          INTEGER NOT NULL CHECK (save_card IN (0, 1)),
  card_id            TEXT    REFERENCES cards (id),
  -- The Stripe customer that the order's intents belong to. The account's own may be deleted at Stripe and replaced.
  stripe_customer_id TEXT,
  setup_intent_id    TEXT    UNIQUE,
  payment_intent_id  TEXT    UNIQUE,
  -- The card at the time of the order, kept for receipts after the card is gone.
  card_brand         TEXT,
  card_last4         TEXT,
  check_line1        TEXT,
  check_postal_code  TEXT,
  check_cvc          TEXT,
  -- Why it ended without payment: the fields the bank said are wrong, comma-separated, or the decline code.
  refused_fields     TEXT,
  decline_code       TEXT,
  -- Stripe's fee and what is left of the payment, in the currency that Stripe settles in, which may be another.
  fee_cents          INTEGER,
  net_cents          INTEGER,
  fee_currency       TEXT,
  placed_at          INTEGER NOT NULL,
  verified_at        INTEGER,
  paid_at            INTEGER,
  ended_at           INTEGER,
  confirmed_at       INTEGER,
  CHECK (confirmation_token IS NOT NULL OR card_id IS NOT NULL),
  CHECK (state <> 'verifying' OR setup_intent_id IS NOT NULL),
  CHECK (state <> 'paying' OR (card_id IS NOT NULL AND verified_at IS NOT NULL)),
  CHECK (state <> 'paid' OR (payment_intent_id IS NOT NULL AND paid_at IS NOT NULL)),
  CHECK (state <> 'refused' OR refused_fields IS NOT NULL),
  CHECK (state <> 'declined' OR decline_code IS NOT NULL),
  CHECK (state NOT IN ('refused', 'declined', 'abandoned') OR ended_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_by_account ON orders (account_id, placed_at);
CREATE INDEX orders_open ON orders (placed_at) WHERE state IN ('placed', 'verifying', 'paying');

CREATE TRIGGER orders_begin_placed BEFORE INSERT ON orders
BEGIN
  SELECT RAISE(ABORT, 'orders: an order begins as placed') WHERE NEW.state <> 'placed';
  SELECT RAISE(ABORT, 'orders: an order is never replaced')
  WHERE EXISTS (
    SELECT 1 FROM orders
    WHERE id = NEW.id
       OR setup_intent_id = NEW.setup_intent_id
       OR payment_intent_id = NEW.payment_intent_id
  );
END;

-- States only move forward. A payment that turns up late moves an ended order to paid. Nothing leads out of paid.
CREATE TRIGGER orders_move_forward BEFORE UPDATE OF state ON orders WHEN OLD.state <> NEW.state
BEGIN
  SELECT RAISE(ABORT, 'orders: no way from that state to this')
  WHERE NOT (CASE OLD.state
    WHEN 'placed'    THEN NEW.state IN ('verifying', 'paying', 'refused', 'declined', 'abandoned')
    WHEN 'verifying' THEN NEW.state IN ('paying', 'refused', 'declined', 'abandoned')
    WHEN 'paying'    THEN NEW.state IN ('paid', 'refused', 'declined', 'abandoned')
    WHEN 'paid'      THEN 0
    ELSE NEW.state = 'paid'
  END);
END;

-- What the customer agreed to never changes.
CREATE TRIGGER orders_keep_their_content
BEFORE UPDATE OF id, account_id, credits, unit_price_micros, amount_cents, currency, confirmation_token, save_card, placed_at
ON orders
BEGIN
  SELECT RAISE(ABORT, 'orders: what was ordered never changes');
END;

-- An intent belongs to one order. UPDATE OR REPLACE would delete the other order without firing its delete trigger.
CREATE TRIGGER orders_keep_their_intents BEFORE UPDATE OF setup_intent_id, payment_intent_id ON orders
BEGIN
  SELECT RAISE(ABORT, 'orders: an intent belongs to one order')
  WHERE EXISTS (
    SELECT 1 FROM orders
    WHERE id <> OLD.id
      AND (setup_intent_id = NEW.setup_intent_id OR payment_intent_id = NEW.payment_intent_id)
  );
  SELECT RAISE(ABORT, 'orders: a paid order keeps its payment')
  WHERE OLD.state = 'paid' AND NEW.payment_intent_id IS NOT OLD.payment_intent_id;
END;

CREATE TRIGGER orders_are_kept BEFORE DELETE ON orders
BEGIN
  SELECT RAISE(ABORT, 'orders: an order is never deleted');
END;
