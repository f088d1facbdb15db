-- Accounts: one customer's prepaid account each. The balance follows from the ledger (0006); only the ledger moves it.
-- WITHOUT ROWID, here and wherever it matters, so that only its primary key can identify a row, or replace it.
CREATE TABLE accounts (
  id                 TEXT    NOT NULL PRIMARY KEY CHECK (id GLOB 'acc_*'),
  email              TEXT    NOT NULL UNIQUE COLLATE NOCASE CHECK (length(email) BETWEEN 3 AND 254),
  -- From the billing details of the last new card paid with. No length check: they are written in the commit that posts
  -- the money, which must not fail.
  name               TEXT,
  phone              TEXT,
  -- The billing address of the last new card paid with, as JSON.
  billing_address    TEXT    CHECK (json_valid(billing_address)),
  -- Stripe's Customer for this account, set once.
  stripe_customer_id TEXT    UNIQUE,
  -- 1 while Stripe's Customer is missing a change made here.
  customer_is_stale  INTEGER NOT NULL DEFAULT 0 CHECK (customer_is_stale IN (0, 1)),
  -- 1 while a dispute is open and the operator stops all spending during one (0011).
  spending_is_stopped INTEGER NOT NULL DEFAULT 0 CHECK (spending_is_stopped IN (0, 1)),
  balance            INTEGER NOT NULL DEFAULT 0 CHECK (balance BETWEEN -1000000000000000 AND 1000000000000000),
  last_seq           INTEGER NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
  created_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An account begins with empty books. INSERT OR REPLACE is refused too: it would bypass the delete trigger.
CREATE TRIGGER accounts_begin_empty BEFORE INSERT ON accounts
BEGIN
  SELECT RAISE(ABORT, 'accounts: an account begins with a balance of 0')
  WHERE NEW.balance <> 0 OR NEW.last_seq <> 0;
  SELECT RAISE(ABORT, 'accounts: an account is never replaced')
  WHERE EXISTS (
    SELECT 1 FROM accounts
    WHERE id = NEW.id OR email = NEW.email OR stripe_customer_id = NEW.stripe_customer_id
  );
END;

-- UPDATE OR REPLACE would delete the other account without firing its delete trigger.
CREATE TRIGGER accounts_stay_apart BEFORE UPDATE OF email, stripe_customer_id ON accounts
BEGIN
  SELECT RAISE(ABORT, 'accounts: another account has this address or customer')
  WHERE EXISTS (
    SELECT 1 FROM accounts
    WHERE id <> OLD.id AND (email = NEW.email OR stripe_customer_id = NEW.stripe_customer_id)
  );
END;

CREATE TRIGGER accounts_are_kept BEFORE DELETE ON accounts
BEGIN
  SELECT RAISE(ABORT, 'accounts: an account is never deleted');
END;
