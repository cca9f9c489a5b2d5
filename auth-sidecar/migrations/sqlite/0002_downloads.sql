-- Addresses of gated files that work without a session until they end. A row outlives its link, so that a
-- link that has ended can be told from one that never was; the account's number is never used again.
CREATE TABLE links (
    id         TEXT PRIMARY KEY,
    account    INTEGER NOT NULL,
    dossier    TEXT NOT NULL,
    rendition  TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    terms      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_account ON links (account, expires_at);
CREATE INDEX links_by_start ON links (account, created_at);
CREATE INDEX links_by_end ON links (expires_at);

-- What was downloaded: one row for all ranges of one download. covered lists the parts that were sent,
-- `0-4096,8192-9000` (the end is not in it). terms is the version that was accepted, empty where there
-- are none. granted is 1 where another server sends the bytes, so that ranges count as sent.
CREATE TABLE downloads (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    dossier    TEXT NOT NULL,
    rendition  TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    size       INTEGER NOT NULL,
    terms      TEXT NOT NULL,
    by_link    INTEGER NOT NULL,
    granted    INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    covered    TEXT NOT NULL,
    whole      INTEGER NOT NULL
) STRICT;
CREATE INDEX downloads_by_account ON downloads (account, id);
CREATE INDEX downloads_by_start ON downloads (account, started_at);
CREATE INDEX downloads_by_age ON downloads (started_at);
