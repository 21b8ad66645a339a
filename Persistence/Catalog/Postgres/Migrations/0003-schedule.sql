-- Up to when it is decided what a policy's schedule starts, and each run that was decided on: once for its moment.

CREATE TABLE schedule (
    policy TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    decided_until BIGINT NOT NULL
);

CREATE TABLE firing (
    policy TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    rule TEXT NOT NULL,
    level TEXT,
    state BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    note TEXT,
    jobs TEXT NOT NULL,
    PRIMARY KEY (policy, due_at)
);

CREATE INDEX firing_open ON firing (state) WHERE state = 1;
CREATE INDEX firing_by_time ON firing (due_at);
