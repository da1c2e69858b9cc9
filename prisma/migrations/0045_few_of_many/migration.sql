-- People who are gone, by what they were called, and credentials that are held back: few of many, and rarely written
-- (docs/performance.md, "The console beside much of everything").
CREATE INDEX end_users_gone_idx ON end_users (org_id, external_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX credentials_held_idx ON credentials (org_id, hold_until) WHERE hold_until IS NOT NULL;
