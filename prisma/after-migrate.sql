-- Run after every migration, once the job queue's own migrations have: the runtime adds and works jobs.
GRANT USAGE ON SCHEMA graphile_worker TO behalf_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO behalf_runtime;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO behalf_runtime;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO behalf_runtime;
DO $$
DECLARE t regclass;
BEGIN
  FOR t IN SELECT c.oid::regclass FROM pg_class c
    WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity
      AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'runtime')
  LOOP
    EXECUTE format('CREATE POLICY runtime ON %s TO behalf_runtime USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
