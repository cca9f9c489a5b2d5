-- As SQLite's step 7.
CREATE TABLE pace (mails BIGINT NOT NULL);
INSERT INTO pace (mails) VALUES (0);

ALTER TABLE downloads ADD COLUMN running_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX downloads_running ON downloads (account) WHERE running_until > 0;

CREATE TABLE ended_sessions (
    hash      BYTEA PRIMARY KEY,
    account   BIGINT NOT NULL,
    how       BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    successor BYTEA
);
CREATE INDEX ended_sessions_by_age ON ended_sessions (at);
