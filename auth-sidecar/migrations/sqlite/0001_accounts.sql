-- Times are milliseconds since 1970 by the service's own clock. Capabilities (cookies) are kept as
-- SHA-256 only; addresses in counters as HMAC. No row is ever revived: ids are not used twice.

-- One row: the highest time that this database has seen.
CREATE TABLE clock (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    highest INTEGER NOT NULL
) STRICT;
INSERT INTO clock (id, highest) VALUES (1, 0);

-- Verified accounts. Whoever has not entered a code yet is a flow.
CREATE TABLE accounts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email_key     TEXT NOT NULL UNIQUE,
    email         TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    language      TEXT NOT NULL,
    subscribed    INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    password_at   INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT;

-- Steps in progress. kind: 1 register, 2 reset. step: 1 code, 2 new password, 3 done.
CREATE TABLE flows (
    id              BLOB PRIMARY KEY,
    kind            INTEGER NOT NULL,
    step            INTEGER NOT NULL,
    email_key       TEXT NOT NULL,
    email           TEXT NOT NULL,
    account         INTEGER,
    password_hash   TEXT,
    language        TEXT NOT NULL,
    back_path       TEXT,
    back_rendition  TEXT,
    code_key        TEXT NOT NULL,
    code_mac        BLOB NOT NULL,
    code_tries      INTEGER NOT NULL,
    code_sent_at    INTEGER NOT NULL,
    code_expires_at INTEGER NOT NULL,
    code_used_at    INTEGER,
    network_hit     INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_by_address ON flows (email_key, kind);
CREATE INDEX flows_by_end ON flows (expires_at);

CREATE TABLE sessions (
    hash         BLOB PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    account      INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    device       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_use ON sessions (last_seen_at);
CREATE INDEX sessions_by_age ON sessions (created_at);

-- Browsers that have logged in, so that an owner passes limits that strangers used up.
CREATE TABLE devices (
    hash       BLOB PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_account ON devices (account);
CREATE INDEX devices_by_end ON devices (expires_at);

-- What limits count: one row an event, forgotten after a day. scope says what happened, key whose
-- limit it is, network from where.
CREATE TABLE hits (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    scope   INTEGER NOT NULL,
    key     BLOB NOT NULL,
    network BLOB NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX hits_by_key ON hits (scope, key, at);
CREATE INDEX hits_by_age ON hits (at);

-- Every change of mind, with the words that stood beside the button.
CREATE TABLE consents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    subscribed INTEGER NOT NULL,
    wording    TEXT NOT NULL,
    text       TEXT NOT NULL,
    language   TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX consents_by_account ON consents (account);

-- Mail to be sent. sealed holds address and code, and is gone once the mail is. state: 1 waiting,
-- 2 set aside.
CREATE TABLE outbox (
    id          TEXT PRIMARY KEY,
    account     INTEGER,
    flow        BLOB,
    kind        TEXT NOT NULL,
    language    TEXT NOT NULL,
    key         TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    state       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    due_until   INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    leased_by   TEXT,
    lease_until INTEGER NOT NULL,
    own_fault   INTEGER NOT NULL,
    reason      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_turn ON outbox (state, next_at);
CREATE INDEX outbox_by_flow ON outbox (flow);
CREATE INDEX outbox_by_account ON outbox (account);

-- What a restored backup must not undo: deletions and changes of password, by HMAC of the address.
-- Mirrored to deleted.log, which outlives the database.
CREATE TABLE departures (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    what    TEXT NOT NULL,
    key     TEXT NOT NULL,
    address BLOB NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
