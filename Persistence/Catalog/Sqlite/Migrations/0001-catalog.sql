-- Times are 100 ns since 1970-01-01 UTC. Ids of images are 16 bytes, digests 32 bytes.
-- Blobs of blocks lie in an ordinary table: without rowid, SQLite would waste half a page for each.

CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

INSERT INTO counter (name, value) VALUES ('job', 0);

CREATE TABLE job (
    id INTEGER NOT NULL PRIMARY KEY,
    request TEXT NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    policy TEXT,
    client TEXT NOT NULL,
    file_set TEXT,
    level INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    outcome INTEGER,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    epoch INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    image BLOB,
    parameters TEXT NOT NULL,
    files INTEGER NOT NULL,
    bytes_read INTEGER NOT NULL,
    bytes_stored INTEGER NOT NULL,
    exceptions INTEGER NOT NULL,
    error_code TEXT,
    error_text TEXT,
    report TEXT
) STRICT;

CREATE INDEX job_by_phase ON job (phase, id);

CREATE TABLE job_log (
    job INTEGER NOT NULL REFERENCES job (id),
    seq INTEGER NOT NULL,
    source TEXT NOT NULL,
    source_seq INTEGER,
    logged_at INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    path BLOB,
    PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX job_log_once ON job_log (job, source, source_seq) WHERE source_seq IS NOT NULL;

CREATE TABLE image (
    id BLOB NOT NULL PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES job (id),
    client TEXT NOT NULL,
    policy TEXT NOT NULL,
    file_set TEXT NOT NULL,
    level INTEGER NOT NULL,
    since INTEGER NOT NULL,
    base BLOB,
    base_root BLOB,
    state INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    outcome INTEGER,
    fragments INTEGER NOT NULL,
    blocks INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes_read INTEGER NOT NULL,
    bytes_stored INTEGER NOT NULL,
    exceptions INTEGER NOT NULL,
    root BLOB,
    sealed_at INTEGER
) STRICT;

CREATE INDEX image_by_job ON image (job);

CREATE TABLE fragment (
    image BLOB NOT NULL REFERENCES image (id),
    fragment INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    root BLOB NOT NULL,
    previous_root BLOB NOT NULL,
    start_kind INTEGER NOT NULL,
    start_member BLOB,
    bytes_to_first_member INTEGER NOT NULL,
    files INTEGER NOT NULL,
    archive_bytes INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    chunk_table BLOB NOT NULL,
    index_volume TEXT NOT NULL,
    index_tape_file INTEGER NOT NULL,
    sealed_at INTEGER NOT NULL,
    PRIMARY KEY (image, fragment)
) STRICT;

CREATE TABLE part (
    image BLOB NOT NULL,
    fragment INTEGER NOT NULL,
    part INTEGER NOT NULL,
    volume TEXT NOT NULL,
    tape_file INTEGER NOT NULL,
    byte_offset INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (image, fragment, part),
    FOREIGN KEY (image, fragment) REFERENCES fragment (image, fragment)
) STRICT, WITHOUT ROWID;

CREATE INDEX part_by_volume ON part (volume);

CREATE TABLE pool (
    name TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE volume (
    name TEXT NOT NULL PRIMARY KEY,
    uuid BLOB NOT NULL,
    library TEXT NOT NULL,
    pool TEXT NOT NULL REFERENCES pool (name),
    state INTEGER NOT NULL,
    bytes_written INTEGER NOT NULL,
    tape_files INTEGER NOT NULL,
    capacity_bytes INTEGER,
    labelled_at INTEGER NOT NULL,
    first_written_at INTEGER,
    last_written_at INTEGER,
    error TEXT,
    epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Image empty and fragment -1: the exception came with the job itself and not with a fragment of an image.
CREATE TABLE item_exception (
    job INTEGER NOT NULL REFERENCES job (id),
    image BLOB NOT NULL,
    fragment INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    path BLOB NOT NULL,
    kind INTEGER NOT NULL,
    operation TEXT NOT NULL,
    errno INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (job, image, fragment, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE manifest_block (
    digest BLOB NOT NULL PRIMARY KEY,
    entries INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;

-- Paths have `/` as 0x00, so that the order of bytes is the order of the walk.
CREATE TABLE manifest (
    image BLOB NOT NULL REFERENCES image (id),
    ordinal INTEGER NOT NULL,
    first_path BLOB NOT NULL,
    block BLOB NOT NULL,
    PRIMARY KEY (image, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX manifest_by_path ON manifest (image, first_path);

-- File coordinates that have arrived for a fragment that is not closed. Their blocks are in manifest_block already, so that they are
-- written once; no query of manifests looks here.
CREATE TABLE staged_block (
    image BLOB NOT NULL REFERENCES image (id),
    fragment INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_path BLOB NOT NULL,
    block BLOB NOT NULL,
    PRIMARY KEY (image, fragment, epoch, number)
) STRICT, WITHOUT ROWID;
