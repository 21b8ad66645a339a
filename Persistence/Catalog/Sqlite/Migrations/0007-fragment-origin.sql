-- Through whom a fragment came to the catalog: "manager NODE", the session that wrote it, or "scan NODE". Null: from before
-- it was kept.

ALTER TABLE fragment ADD COLUMN origin TEXT;
