-- A manifest is runs of references, its own and others': what did not change takes a row for each run and not for each
-- block, and no path a second time. Within an image, paths ascend with the ordinal: a path is found by halving.
-- list: the image that brought the references. No key of image: they stay while any run has them, whatever becomes of
-- that image. bytes: of the files in the block; null: from before it was counted.

CREATE TABLE manifest_reference (
    list BLOB NOT NULL,
    position INTEGER NOT NULL,
    first_path BLOB NOT NULL,
    block BLOB NOT NULL,
    entries INTEGER NOT NULL,
    bytes INTEGER,
    PRIMARY KEY (list, position)
) STRICT, WITHOUT ROWID;

INSERT INTO manifest_reference (list, position, first_path, block, entries)
SELECT image, ordinal, first_path, block, COALESCE((SELECT entries FROM manifest_block WHERE digest = block), 0)
FROM manifest ORDER BY image, ordinal;

DROP TABLE manifest;

-- Blocks ordinal to ordinal + blocks - 1 of the image are position to position + blocks - 1 of the list.
CREATE TABLE manifest (
    image BLOB NOT NULL REFERENCES image (id),
    ordinal INTEGER NOT NULL,
    blocks INTEGER NOT NULL,
    list BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (image, ordinal)
) STRICT, WITHOUT ROWID;

INSERT INTO manifest (image, ordinal, blocks, list, position)
SELECT list, 0, COUNT(*), list, 0 FROM manifest_reference GROUP BY list;

-- What was staged is delivered again, whole, by whoever did not hear that its fragment is closed.
DROP TABLE staged_block;

CREATE TABLE staged_block (
    image BLOB NOT NULL REFERENCES image (id),
    fragment INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_path BLOB NOT NULL,
    block BLOB NOT NULL,
    entries INTEGER NOT NULL,
    bytes INTEGER,
    PRIMARY KEY (image, fragment, epoch, number)
) STRICT, WITHOUT ROWID;

-- Runs of a base's references that a fragment which is not closed takes over: its blocks number to number + blocks - 1.
CREATE TABLE staged_run (
    image BLOB NOT NULL REFERENCES image (id),
    fragment INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    blocks INTEGER NOT NULL,
    list BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (image, fragment, epoch, number)
) STRICT, WITHOUT ROWID;

-- The newest image until a moment. Queries say the same number, not a parameter, or it is not used.
CREATE INDEX image_since ON image (client, file_set, since) WHERE state = 2;
