-- State 4 of an image: purged. Its row stays, so that what is found of it on a medium is known.
-- condemned_at: since when no rule keeps it; null: it stays.

ALTER TABLE image ADD COLUMN condemned_at INTEGER;
ALTER TABLE image ADD COLUMN purged_at INTEGER;

CREATE INDEX image_by_base ON image (base) WHERE base IS NOT NULL;
CREATE INDEX fragment_by_index_volume ON fragment (index_volume);

-- What people said of an image. kind 1: hold, 2: legal hold, 3: tag; name is empty for holds.
CREATE TABLE image_mark (
    image BLOB NOT NULL REFERENCES image (id),
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    note TEXT,
    marked_at INTEGER NOT NULL,
    PRIMARY KEY (image, kind, name)
) STRICT, WITHOUT ROWID;

-- Tape files of purged images, as long as they are on their volumes. is_gone: the space was given back.
CREATE TABLE released_file (
    volume TEXT NOT NULL,
    tape_file INTEGER NOT NULL,
    uuid BLOB NOT NULL,
    image BLOB NOT NULL,
    fragment INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    is_gone INTEGER NOT NULL,
    PRIMARY KEY (volume, tape_file)
) STRICT, WITHOUT ROWID;
