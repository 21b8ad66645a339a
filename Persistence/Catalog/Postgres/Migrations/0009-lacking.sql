-- Of an image of which a scan did not find all: what it did not find.

ALTER TABLE image ADD COLUMN lacks TEXT;
