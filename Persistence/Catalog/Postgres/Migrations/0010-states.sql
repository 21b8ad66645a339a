-- States of clients' disks that a verification recorded: attributes without content, in blocks of entries. The newest
-- whole one of a client and file set counts. epoch: of the attempt that recorded it.

CREATE TABLE disk_state (
    id BYTEA NOT NULL PRIMARY KEY,
    job BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    client TEXT NOT NULL,
    file_set TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    blocks BIGINT NOT NULL,
    whole BIGINT NOT NULL
);

CREATE INDEX disk_state_of_set ON disk_state (client, file_set, job);

CREATE TABLE disk_state_block (
    state BYTEA NOT NULL REFERENCES disk_state (id),
    number BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (state, number)
);
