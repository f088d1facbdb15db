-- Receipts: proof of a paid order, numbered without gaps because the number is taken in the commit that credits the order.
CREATE TABLE receipts (
  number     INTEGER NOT NULL PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE CHECK (id GLOB 'rcp_*'),
  order_id   TEXT    NOT NULL UNIQUE REFERENCES orders (id),
  -- Who it was made out to and by whom, as JSON. A receipt keeps what was true when it was issued.
  billed_to  TEXT    NOT NULL CHECK (json_valid(billed_to)),
  seller     TEXT    NOT NULL CHECK (json_valid(seller)),
  issued_at  INTEGER NOT NULL
) STRICT;

CREATE TRIGGER receipts_are_numbered_in_turn BEFORE INSERT ON receipts
BEGIN
  SELECT RAISE(ABORT, 'receipts: a receipt is never replaced')
  WHERE EXISTS (SELECT 1 FROM receipts WHERE id = NEW.id OR order_id = NEW.order_id OR number = NEW.number);
  SELECT RAISE(ABORT, 'receipts: numbers follow one another')
  WHERE NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM receipts);
  SELECT RAISE(ABORT, 'receipts: a receipt is for a paid order')
  WHERE NOT EXISTS (SELECT 1 FROM orders WHERE id = NEW.order_id AND state = 'paid');
END;

CREATE TRIGGER receipts_are_immutable BEFORE UPDATE ON receipts
BEGIN
  SELECT RAISE(ABORT, 'receipts: a receipt is never changed');
END;

CREATE TRIGGER receipts_are_kept BEFORE DELETE ON receipts
BEGIN
  SELECT RAISE(ABORT, 'receipts: a receipt is never removed');
END;
