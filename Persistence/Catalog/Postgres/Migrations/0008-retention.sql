-- State 4 of an image: purged. Its row stays, so that what is found of it on a medium is known.
-- condemned_at: since when no rule keeps it; null: it stays.

ALTER TABLE image ADD COLUMN condemned_at BIGINT;
ALTER TABLE image ADD COLUMN purged_at BIGINT;

CREATE INDEX image_by_base ON image (base) WHERE base IS NOT NULL;
CREATE INDEX fragment_by_index_volume ON fragment (index_volume);

-- What people said of an image. kind 1: hold, 2: legal hold, 3: tag; name is empty for holds.
CREATE TABLE image_mark (
    image BYTEA NOT NULL REFERENCES image (id),
    kind BIGINT NOT NULL,
    name TEXT NOT NULL,
    note TEXT,
    marked_at BIGINT NOT NULL,
    PRIMARY KEY (image, kind, name)
);

-- Tape files of purged images, as long as they are on their volumes. is_gone: the space was given back.
CREATE TABLE released_file (
    volume TEXT NOT NULL,
    tape_file BIGINT NOT NULL,
    uuid BYTEA NOT NULL,
    image BYTEA NOT NULL,
    fragment BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    is_gone BIGINT NOT NULL,
    PRIMARY KEY (volume, tape_file)
);
