-- Sign-in by a link sent by e-mail. Tokens and sessions are stored only as SHA-256 hashes, so a copy opens nothing.
CREATE TABLE sign_in_tokens (
  token_hash TEXT    NOT NULL PRIMARY KEY,
  email      TEXT    NOT NULL COLLATE NOCASE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- A token opens one session. Set by the one request that used it.
  used_at    INTEGER,
  -- The page to show after signing in: a path of ours.
  next_path  TEXT    CHECK (next_path GLOB '/[a-z]*')
) STRICT;

CREATE INDEX sign_in_tokens_by_email ON sign_in_tokens (email, created_at);

CREATE TABLE sessions (
  token_hash TEXT    NOT NULL PRIMARY KEY,
  account_id TEXT    NOT NULL REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
