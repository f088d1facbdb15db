-- What credits cost. A tier's unit price applies to the whole of an order of at least that many credits.
CREATE TABLE price_tiers (
  currency          TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  from_credits      INTEGER NOT NULL CHECK (from_credits BETWEEN 1 AND 1000000000),
  -- Millionths of the currency's major unit for one credit.
  unit_price_micros INTEGER NOT NULL CHECK (unit_price_micros BETWEEN 1 AND 1000000000),
  PRIMARY KEY (currency, from_credits)
) STRICT, WITHOUT ROWID;

-- Suggested quantities, shown in ascending order. Any quantity within the limits can be bought.
CREATE TABLE credit_packs (
  credits INTEGER NOT NULL PRIMARY KEY CHECK (credits BETWEEN 1 AND 1000000000)
) STRICT;
