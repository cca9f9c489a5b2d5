-- One row: until when the mails that were sent use up the rate of mails, in microseconds since 1970.
CREATE TABLE pace (mails INTEGER NOT NULL) STRICT;
INSERT INTO pace (mails) VALUES (0);

-- Until when a node says that it is sending a download, so that all nodes count it.
ALTER TABLE downloads ADD COLUMN running_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX downloads_running ON downloads (account) WHERE running_until > 0;

-- Sessions that a form ended less than a minute ago, for the same form sent twice.
CREATE TABLE ended_sessions (
    hash      BLOB PRIMARY KEY,
    account   INTEGER NOT NULL,
    how       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    successor BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_sessions_by_age ON ended_sessions (at);
