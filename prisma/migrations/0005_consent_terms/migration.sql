-- The terms of a consent beside its scopes: how long it holds, how far it reaches, and in which words it was asked.

-- Why each group of permissions is wanted, in the product's own words, by risk.
ALTER TABLE connect_sessions ADD COLUMN purposes JSONB NOT NULL DEFAULT '{}';

-- What the person chose before the trip to the provider. `limited` names what they will pick from once it has answered;
-- `resources` holds what they picked, `duration_days` is null for a consent that holds until it is taken back.
ALTER TABLE connect_attempts
  ADD COLUMN locale TEXT, ADD COLUMN duration_days INTEGER, ADD COLUMN limited TEXT[] DEFAULT '{}', ADD COLUMN resources JSONB,
  ADD CHECK (limited IS NOT NULL), ADD CHECK (duration_days BETWEEN 1 AND 3650);

-- Null for a consent to all that the account reaches.
ALTER TABLE connections ADD COLUMN resources JSONB;
-- The sweep looks for what ended among what can end.
CREATE INDEX connections_expires_at_idx ON connections (org_id, expires_at) WHERE expires_at IS NOT NULL;
