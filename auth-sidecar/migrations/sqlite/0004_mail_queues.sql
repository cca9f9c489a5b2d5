-- Mail waits in queues, one for each network that asks for it. network is a keyed hash of that network, asked how
-- many mails it had asked for within the hour when this one came: who asked for less goes first.
ALTER TABLE outbox ADD COLUMN network BLOB NOT NULL
    DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
ALTER TABLE outbox ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
DROP INDEX outbox_by_turn;
CREATE INDEX outbox_by_turn ON outbox (network, asked, next_at, lease_until, due_until, created_at)
    WHERE state = 1 AND kind <> 'none';
CREATE INDEX outbox_for_nobody ON outbox (next_at) WHERE state = 1 AND kind = 'none';
CREATE INDEX outbox_by_network ON outbox (network, state, own_fault, created_at);
CREATE INDEX outbox_by_age ON outbox (state, own_fault, created_at);
CREATE INDEX outbox_by_end ON outbox (due_until);
