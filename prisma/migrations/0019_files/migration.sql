-- What is kept of a file that went through a call: which way, its media type, length and digest, and whether all of it
-- went through. Written with the intent, so that a call that moves a file is known by its longer time while it runs.
ALTER TABLE executions ADD COLUMN file jsonb CHECK (file ->> 'direction' IN ('in', 'out'));
