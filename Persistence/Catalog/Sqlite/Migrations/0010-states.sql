-- States of clients' disks that a verification recorded: attributes without content, in blocks of entries. The newest
-- whole one of a client and file set counts. epoch: of the attempt that recorded it.

CREATE TABLE disk_state (
    id BLOB NOT NULL PRIMARY KEY,
    job INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    client TEXT NOT NULL,
    file_set TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    blocks INTEGER NOT NULL,
    whole INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX disk_state_of_set ON disk_state (client, file_set, job);

CREATE TABLE disk_state_block (
    state BLOB NOT NULL REFERENCES disk_state (id),
    number INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (state, number)
) STRICT;
