-- Times are 100 ns since 1970-01-01 UTC. Ids of images are 16 bytes, digests 32 bytes.
-- Tables, columns and keys are those of SQLite (../../Sqlite/Migrations); a test compares them. Text that is sorted has the order of its
-- bytes, as there, whatever collation the database was made with.

CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('job', 0);

CREATE TABLE job (
    id BIGINT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL UNIQUE,
    kind BIGINT NOT NULL,
    policy TEXT,
    client TEXT NOT NULL,
    file_set TEXT,
    level BIGINT NOT NULL,
    phase BIGINT NOT NULL,
    outcome BIGINT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    epoch BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    image BYTEA,
    parameters TEXT NOT NULL,
    files BIGINT NOT NULL,
    bytes_read BIGINT NOT NULL,
    bytes_stored BIGINT NOT NULL,
    exceptions BIGINT NOT NULL,
    error_code TEXT,
    error_text TEXT,
    report TEXT
);

CREATE INDEX job_by_phase ON job (phase, id);

CREATE TABLE job_log (
    job BIGINT NOT NULL REFERENCES job (id),
    seq BIGINT NOT NULL,
    source TEXT NOT NULL,
    source_seq BIGINT,
    logged_at BIGINT NOT NULL,
    severity BIGINT NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    path BYTEA,
    PRIMARY KEY (job, seq)
);

CREATE UNIQUE INDEX job_log_once ON job_log (job, source, source_seq) WHERE source_seq IS NOT NULL;

CREATE TABLE image (
    id BYTEA NOT NULL PRIMARY KEY,
    job BIGINT NOT NULL REFERENCES job (id),
    client TEXT NOT NULL,
    policy TEXT NOT NULL,
    file_set TEXT NOT NULL,
    level BIGINT NOT NULL,
    since BIGINT NOT NULL,
    base BYTEA,
    base_root BYTEA,
    state BIGINT NOT NULL,
    origin BIGINT NOT NULL,
    outcome BIGINT,
    fragments BIGINT NOT NULL,
    blocks BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    files BIGINT NOT NULL,
    bytes_read BIGINT NOT NULL,
    bytes_stored BIGINT NOT NULL,
    exceptions BIGINT NOT NULL,
    root BYTEA,
    sealed_at BIGINT
);

CREATE INDEX image_by_job ON image (job);

CREATE TABLE fragment (
    image BYTEA NOT NULL REFERENCES image (id),
    fragment BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    root BYTEA NOT NULL,
    previous_root BYTEA NOT NULL,
    start_kind BIGINT NOT NULL,
    start_member BYTEA,
    bytes_to_first_member BIGINT NOT NULL,
    files BIGINT NOT NULL,
    archive_bytes BIGINT NOT NULL,
    stored_bytes BIGINT NOT NULL,
    chunk_table BYTEA NOT NULL,
    index_volume TEXT NOT NULL,
    index_tape_file BIGINT NOT NULL,
    sealed_at BIGINT NOT NULL,
    PRIMARY KEY (image, fragment)
);

CREATE TABLE part (
    image BYTEA NOT NULL,
    fragment BIGINT NOT NULL,
    part BIGINT NOT NULL,
    volume TEXT NOT NULL,
    tape_file BIGINT NOT NULL,
    byte_offset BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (image, fragment, part),
    FOREIGN KEY (image, fragment) REFERENCES fragment (image, fragment)
);

CREATE INDEX part_by_volume ON part (volume);

CREATE TABLE pool (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

CREATE TABLE volume (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    uuid BYTEA NOT NULL,
    library TEXT NOT NULL,
    pool TEXT COLLATE "C" NOT NULL REFERENCES pool (name),
    state BIGINT NOT NULL,
    bytes_written BIGINT NOT NULL,
    tape_files BIGINT NOT NULL,
    capacity_bytes BIGINT,
    labelled_at BIGINT NOT NULL,
    first_written_at BIGINT,
    last_written_at BIGINT,
    error TEXT,
    epoch BIGINT NOT NULL
);

-- Image empty and fragment -1: the exception came with the job itself and not with a fragment of an image.
CREATE TABLE item_exception (
    job BIGINT NOT NULL REFERENCES job (id),
    image BYTEA NOT NULL,
    fragment BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    path BYTEA NOT NULL,
    kind BIGINT NOT NULL,
    operation TEXT NOT NULL,
    errno BIGINT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (job, image, fragment, seq)
);

CREATE TABLE manifest_block (
    digest BYTEA NOT NULL PRIMARY KEY,
    entries BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    data BYTEA NOT NULL
);

-- Blocks are compressed already: no time is spent on trying it again.
ALTER TABLE manifest_block ALTER COLUMN data SET STORAGE EXTERNAL;

-- Paths have `/` as 0x00, so that the order of bytes is the order of the walk.
CREATE TABLE manifest (
    image BYTEA NOT NULL REFERENCES image (id),
    ordinal BIGINT NOT NULL,
    first_path BYTEA NOT NULL,
    block BYTEA NOT NULL,
    PRIMARY KEY (image, ordinal)
);

-- An index holds at most 2704 bytes a row, a path may have more. Within an image, paths ascend with the ordinal.
CREATE INDEX manifest_by_path ON manifest (image, substr(first_path, 1, 1024), ordinal);

-- File coordinates that have arrived for a fragment that is not closed. Their blocks are in manifest_block already, so that they are
-- written once; no query of manifests looks here.
CREATE TABLE staged_block (
    image BYTEA NOT NULL REFERENCES image (id),
    fragment BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    number BIGINT NOT NULL,
    first_path BYTEA NOT NULL,
    block BYTEA NOT NULL,
    PRIMARY KEY (image, fragment, epoch, number)
);
