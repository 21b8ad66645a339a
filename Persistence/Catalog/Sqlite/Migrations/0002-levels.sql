-- recorded: 0 for an image that is never a base. rules: digest of what its file set selects; null: not known.

ALTER TABLE image ADD COLUMN recorded INTEGER NOT NULL DEFAULT 1;

ALTER TABLE image ADD COLUMN rules BLOB;
