-- What an operator ordered of the planner, once for a client of a policy; the newest counts.

CREATE TABLE plan_order (
    policy TEXT NOT NULL,
    client TEXT NOT NULL,
    what INTEGER NOT NULL,
    ordered_at INTEGER NOT NULL,
    request TEXT NOT NULL,
    PRIMARY KEY (policy, client)
) STRICT, WITHOUT ROWID;
