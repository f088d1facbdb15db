-- Cards, as a person recognises them. The card number never reaches us: payment_method_id is Stripe's id for the card.
CREATE TABLE cards (
  id                TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'crd_*'),
  account_id        TEXT    NOT NULL REFERENCES accounts (id),
  payment_method_id TEXT    NOT NULL UNIQUE,
  brand             TEXT    NOT NULL,
  last4             TEXT    NOT NULL CHECK (length(last4) = 4),
  exp_month         INTEGER NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
  exp_year          INTEGER NOT NULL CHECK (exp_year BETWEEN 2000 AND 2200),
  -- What the bank said when the card was verified: pass, fail, unavailable, unchecked, or NULL.
  check_line1       TEXT    CHECK (check_line1 IN ('pass', 'fail', 'unavailable', 'unchecked')),
  check_postal_code TEXT    CHECK (check_postal_code IN ('pass', 'fail', 'unavailable', 'unchecked')),
  check_cvc         TEXT    CHECK (check_cvc IN ('pass', 'fail', 'unavailable', 'unchecked')),
  -- The name, phone and address it is billed to, as JSON.
  billing           TEXT    NOT NULL CHECK (json_valid(billing)),
  -- 1 once an order with it was paid and the customer asked to keep it. Only then is it offered again.
  saved             INTEGER NOT NULL DEFAULT 0 CHECK (saved IN (0, 1)),
  -- 1 while Stripe has yet to detach it.
  detach_is_due     INTEGER NOT NULL DEFAULT 0 CHECK (detach_is_due IN (0, 1)),
  created_at        INTEGER NOT NULL,
  last_used_at      INTEGER NOT NULL,
  CHECK (saved = 0 OR detach_is_due = 0)
) STRICT;

CREATE INDEX cards_by_account ON cards (account_id, last_used_at);
