-- Up to when it is decided what a policy's schedule starts, and each run that was decided on: once for its moment.

CREATE TABLE schedule (
    policy TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    decided_until INTEGER NOT NULL
) STRICT;

CREATE TABLE firing (
    policy TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    rule TEXT NOT NULL,
    level TEXT,
    state INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    note TEXT,
    jobs TEXT NOT NULL,
    PRIMARY KEY (policy, due_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX firing_open ON firing (state) WHERE state = 1;
CREATE INDEX firing_by_time ON firing (due_at);

-- phase below 6: it has not ended. state 2: sealed. Queries say the same numbers, not parameters, or these are not used.
CREATE INDEX job_unended ON job (policy, client, id) WHERE phase < 6;
CREATE INDEX job_by_policy ON job (policy, client, kind, id);
CREATE INDEX image_by_set ON image (client, file_set, job);
CREATE INDEX image_past ON image (client, file_set, level, since) WHERE state = 2 AND recorded = 1;
