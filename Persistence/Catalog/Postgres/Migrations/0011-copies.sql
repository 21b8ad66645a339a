-- Where a fragment lies: once for each copy of it. copy 1 is what its job wrote. state 1: good, 2: damaged. What a
-- volume holds is what volume_use says, and nothing else.

CREATE TABLE fragment_copy (
    image BYTEA NOT NULL,
    fragment BIGINT NOT NULL,
    copy BIGINT NOT NULL,
    index_volume TEXT NOT NULL,
    index_tape_file BIGINT NOT NULL,
    state BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    note TEXT,
    PRIMARY KEY (image, fragment, copy),
    FOREIGN KEY (image, fragment) REFERENCES fragment (image, fragment)
);

CREATE INDEX fragment_copy_by_volume ON fragment_copy (index_volume);
CREATE INDEX fragment_copy_damaged ON fragment_copy (image) WHERE state = 2;

INSERT INTO fragment_copy (image, fragment, copy, index_volume, index_tape_file, state, written_at)
SELECT image, fragment, 1, index_volume, index_tape_file, 1, sealed_at FROM fragment;

ALTER TABLE part ADD COLUMN copy BIGINT NOT NULL DEFAULT 1;

ALTER TABLE part ALTER COLUMN copy DROP DEFAULT;

ALTER TABLE part DROP CONSTRAINT part_pkey;

ALTER TABLE part ADD PRIMARY KEY (image, fragment, copy, part);

ALTER TABLE part DROP CONSTRAINT part_image_fragment_fkey;

ALTER TABLE part ADD FOREIGN KEY (image, fragment, copy) REFERENCES fragment_copy (image, fragment, copy);

DROP INDEX fragment_by_index_volume;

ALTER TABLE fragment DROP COLUMN index_volume;

ALTER TABLE fragment DROP COLUMN index_tape_file;

CREATE VIEW volume_use (volume, tape_file, image, fragment, copy, bytes) AS
SELECT volume, tape_file, image, fragment, copy, bytes FROM part
UNION ALL
SELECT index_volume, index_tape_file, image, fragment, copy, 0 FROM fragment_copy;

-- Where a volume was taken to, and when it came back: the newest row says where it is. place null: in its library.

CREATE TABLE volume_move (
    volume TEXT NOT NULL,
    seq BIGINT NOT NULL,
    moved_at BIGINT NOT NULL,
    moved_by TEXT NOT NULL,
    place TEXT,
    note TEXT,
    request TEXT NOT NULL,
    PRIMARY KEY (volume, seq)
);
