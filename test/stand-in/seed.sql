-- What the local database starts with: prices, packs, and the demo account. Repeating it changes nothing.
INSERT INTO price_tiers (currency, from_credits, unit_price_micros)
VALUES ('usd', 1, 10000), ('usd', 10000, 9000), ('usd', 50000, 8000), ('usd', 250000, 7000)
ON CONFLICT DO NOTHING;

INSERT INTO credit_packs (credits)
VALUES (1000), (5000), (10000), (50000)
ON CONFLICT DO NOTHING;

INSERT INTO accounts (id, email, created_at)
SELECT 'acc_00000000000000000000000000000de0', 'demo@example.com', 1700000000000
WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE email = 'demo@example.com');
