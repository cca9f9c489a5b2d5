-- Since when an account has its address: what is noted of that address before is somebody else's.
ALTER TABLE accounts ADD COLUMN address_at INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET address_at = created_at;

-- Changes of an account's address that can be undone. The former address, which stands here, is held back: nobody
-- else gets it. code is the SHA-256 of what undoes the change. A row is gone at its end.
CREATE TABLE address_changes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    account   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email_key TEXT NOT NULL,
    email     TEXT NOT NULL,
    language  TEXT NOT NULL,
    code      BLOB NOT NULL UNIQUE,
    at        INTEGER NOT NULL,
    until     INTEGER NOT NULL
) STRICT;
CREATE INDEX address_changes_by_account ON address_changes (account);
CREATE INDEX address_changes_by_address ON address_changes (email_key);
CREATE INDEX address_changes_by_end ON address_changes (until);

-- Who left an address, as long as there is such an account: when it is deleted, it is so under that address too.
ALTER TABLE departures ADD COLUMN account INTEGER REFERENCES accounts (id) ON DELETE SET NULL;
CREATE INDEX departures_by_account ON departures (account) WHERE account IS NOT NULL;
CREATE INDEX departures_by_address ON departures (address);

-- A change of address that waits for its code ends with what happens to its account.
CREATE INDEX flows_by_account ON flows (account) WHERE kind = 3;
