-- What an operator ordered of the planner, once for a client of a policy; the newest counts.

CREATE TABLE plan_order (
    policy TEXT NOT NULL,
    client TEXT NOT NULL,
    what BIGINT NOT NULL,
    ordered_at BIGINT NOT NULL,
    request TEXT NOT NULL,
    PRIMARY KEY (policy, client)
);
