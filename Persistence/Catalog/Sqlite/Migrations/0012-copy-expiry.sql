-- What an image has in a pool goes by the pool's own retention: condemned_at: since when nothing keeps it there;
-- expired_at: when it was taken out of use; null: it is still there. The row stays: it is not promised there any more.

CREATE TABLE copy_expiry (
    image BLOB NOT NULL REFERENCES image (id),
    pool TEXT NOT NULL,
    condemned_at INTEGER NOT NULL,
    expired_at INTEGER,
    PRIMARY KEY (image, pool)
) STRICT, WITHOUT ROWID;
