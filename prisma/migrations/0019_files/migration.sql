-- What is kept of a file that went through a call: which way, its media type, length and digest, and whether all of it
-- went through. Written with the intent, so that a call that moves a file is known by its longer time while it runs.
ALTER TABLE executions ADD COLUMN file jsonb CHECK (file ->> 'direction' IN ('in', 'out'));
-- Such a call is under way for up to ten minutes more: a stop of the deployment's waits for it as for the others.
GRANT SELECT (file) ON executions TO behalf_lookup;
CREATE OR REPLACE FUNCTION running_everywhere(of_subject text, of_id text, since_seconds float8) RETURNS int
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT count(*)::int FROM executions e WHERE e.status = 'running'
    AND e.created_at > now() - make_interval(secs => since_seconds + CASE WHEN e.file IS NULL THEN 0 ELSE 600 END)
    AND CASE of_subject WHEN 'agent' THEN e.agent_id::text = of_id WHEN 'tool' THEN e.tool_name = of_id
      WHEN 'connector' THEN split_part(e.tool_name, '.', 1) = of_id ELSE true END $$;
