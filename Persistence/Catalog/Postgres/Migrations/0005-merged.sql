-- Of a full that was made of a chain, without its client: the newest image of the chain.

ALTER TABLE image ADD COLUMN merged_from BYTEA;
