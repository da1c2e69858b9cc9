-- A revocation of most of what is connected takes two people however it was chosen, so that what waits may be accounts
-- that somebody picked: these, by their internal ids, and no other. As the rest of what was asked they do not change.
ALTER TABLE revocation_requests ADD COLUMN account_ids UUID[] CHECK (cardinality(account_ids) > 0),
-- How many people were written to who could approve.
  ADD COLUMN mailed INTEGER NOT NULL DEFAULT 0;

-- A letter to whoever could approve it: with a link to a page, and nothing that signs anybody in.
ALTER TABLE mails DROP CONSTRAINT mails_kind_check,
  ADD CONSTRAINT mails_kind_check CHECK (kind IN ('code', 'link', 'sign_in', 'console', 'approver'));
