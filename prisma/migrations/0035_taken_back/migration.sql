-- What came of a token is found from it when it is taken back, and stays known for longer than it would have been good: a
-- call that waits for people asks, when it is made at last, whether the token that asked for it has been taken back.
CREATE INDEX oauth_records_ancestors_idx ON oauth_records USING gin (ancestors) WHERE ancestors IS NOT NULL;
