-- The audit, kept: monthly partitions, signed heads, retention and legal holds, live streams.

-- behalf_keeper owns the audit's tables and the functions below, and nothing else: it makes partitions ahead and takes
-- away what retention lets go of. Nobody logs in as it, and it bypasses nothing.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'behalf_keeper') THEN
    BEGIN
      CREATE ROLE behalf_keeper NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of this cluster is being migrated at the same moment
    END;
  END IF;
  IF NOT pg_has_role(current_user, 'behalf_keeper', 'USAGE') THEN
    EXECUTE format('GRANT behalf_keeper TO %I', current_user);
  END IF;
END $$;

-- What was written so far becomes the first partition, as it stands: nothing is copied. It ends with this month.
DO $$
DECLARE bound timestamptz; first_name text; constraint_name text;
BEGIN
  ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY;
  SELECT date_trunc('month', greatest(now(), max(occurred_at)) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' INTO bound FROM audit_events;
  bound := ((bound AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
  ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
  first_name := 'audit_events_before_' || to_char(bound AT TIME ZONE 'UTC', 'YYYY_MM');
  ALTER TABLE audit_events DETACH PARTITION audit_events_default;
  EXECUTE format('ALTER TABLE audit_events_default RENAME TO %I', first_name);
  -- Said beforehand, the owner's look at each row is not needed twice.
  EXECUTE format('ALTER TABLE audit_events ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', first_name, bound);
END $$;

-- Signed heads (RFC 7515), the last of each day: what lies outside the database is the real thing, this is where the
-- application finds them again. `pending` names the places that have not taken the latest one yet.
CREATE TABLE audit_checkpoints (
  org_id UUID NOT NULL, day TEXT NOT NULL, sequence BIGINT NOT NULL, hash TEXT NOT NULL, jws TEXT NOT NULL,
  at TIMESTAMPTZ(3) NOT NULL, pending TEXT[] DEFAULT '{}', error_code TEXT,
  PRIMARY KEY (org_id, day), FOREIGN KEY (org_id) REFERENCES organizations (id), CHECK (pending IS NOT NULL)
);

-- Where a chain begins whose older events retention has let go of, and the signed statement that says so.
CREATE TABLE audit_floors (
  org_id UUID NOT NULL, sequence BIGINT NOT NULL, hash TEXT NOT NULL, jws TEXT NOT NULL, at TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id), FOREIGN KEY (org_id) REFERENCES organizations (id)
);

CREATE TABLE legal_holds (
  org_id UUID NOT NULL, id UUID NOT NULL, reason TEXT NOT NULL, placed_by JSONB NOT NULL,
  placed_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, lifted_by JSONB, lifted_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
);

-- Where events go as they happen. A stream of the deployment's may take every organization's.
CREATE TABLE audit_streams (
  org_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL,
  every_org BOOLEAN NOT NULL DEFAULT false, ca_pem TEXT, sealed_secret BYTEA, key_version INTEGER,
  since TIMESTAMPTZ(3) NOT NULL, created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, paused_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, id), FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (kind IN ('https', 'syslog')), CHECK (NOT every_org OR org_id = deployment_org()),
  CHECK ((sealed_secret IS NULL) = (key_version IS NULL))
);
CREATE INDEX audit_streams_id_idx ON audit_streams (id);

-- How far a stream has taken an organization's events. It moves once they are acknowledged, never before.
CREATE TABLE audit_stream_cursors (
  org_id UUID NOT NULL, stream_org_id UUID NOT NULL, stream_id UUID NOT NULL, sequence BIGINT NOT NULL,
  claimed_until TIMESTAMPTZ(3), attempts INTEGER NOT NULL DEFAULT 0, retry_at TIMESTAMPTZ(3), error_code TEXT,
  delivered_at TIMESTAMPTZ(3),
  PRIMARY KEY (org_id, stream_org_id, stream_id), FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (stream_org_id, stream_id) REFERENCES audit_streams (org_id, id) ON DELETE CASCADE,
  CHECK (stream_org_id IN (org_id, deployment_org()))
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['audit_checkpoints', 'audit_floors', 'legal_holds', 'audit_streams', 'audit_stream_cursors'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON audit_checkpoints TO behalf_runtime;
GRANT SELECT ON audit_floors TO behalf_runtime;
-- A hold is lifted, never taken back.
GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at) ON legal_holds TO behalf_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_streams, audit_stream_cursors TO behalf_runtime;

-- The one way out for an event: as behalf_keeper, that is within audit_retain.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_user = 'behalf_keeper' THEN RETURN OLD; END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

GRANT USAGE, CREATE ON SCHEMA public TO behalf_keeper;
GRANT SELECT (id, settings), REFERENCES (id) ON organizations TO behalf_keeper;
GRANT SELECT ON audit_checkpoints, legal_holds TO behalf_keeper;
GRANT SELECT, INSERT, UPDATE ON audit_floors TO behalf_keeper;
-- Whether a month is empty is asked of all organizations; only the organization of the transaction loses events.
CREATE POLICY keeper ON audit_events FOR SELECT TO behalf_keeper USING (true);

-- Monthly partitions from this month on. A month whose events already lie in the default partition stays there.
CREATE FUNCTION audit_make_partitions(ahead int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public SET lock_timeout = '3s' AS $$
DECLARE month timestamp; name text; made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('audit partitions', 0));
  FOR n IN 0 .. least(greatest(ahead, 0), 24) LOOP
    month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n);
    name := 'audit_events_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_events FOR VALUES FROM (%L) TO (%L)', name,
        month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    EXCEPTION WHEN invalid_object_definition OR check_violation THEN
      CONTINUE; -- the first partition ends later, or the default one has events of the month
    END;
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON public.%I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, behalf_runtime', name);
    EXECUTE format('CREATE TRIGGER append_only_all BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT
      EXECUTE FUNCTION public.refuse_change()', name);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;

-- Drops the partitions of past months that retention has emptied. @returns their names
CREATE FUNCTION audit_drop_partitions() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public SET lock_timeout = '3s' AS $$
DECLARE name text; lower_bound timestamptz; upper_bound timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('audit partitions', 0));
  FOR name, lower_bound, upper_bound IN
    SELECT c.relname,
      coalesce((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\)'))[1]::timestamptz, '-infinity'),
      (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.audit_events'::regclass AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
    ORDER BY 3
  LOOP
    CONTINUE WHEN upper_bound >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    -- Asked of the parent, whose policy shows the keeper the events of every organization.
    CONTINUE WHEN EXISTS (SELECT FROM audit_events e WHERE e.occurred_at >= lower_bound AND e.occurred_at < upper_bound);
    EXECUTE format('DROP TABLE public.%I', name);
    RETURN NEXT name;
  END LOOP;
END $$;

-- Lets go of the oldest events of the transaction's organization, through the one with this number and hash. It must be
-- older than 30 days, no hold may stand, and a signed head must cover it; `statement` is the signed word of what went.
-- The signature itself is the application's to make and everybody's to check: PostgreSQL knows no ECDSA.
CREATE FUNCTION audit_retain(through bigint, through_hash text, statement text) RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE org uuid := app_org(); gone bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('audit retention ' || org, 0));
  IF EXISTS (SELECT FROM legal_holds h WHERE h.org_id = org AND h.lifted_at IS NULL) THEN
    RAISE EXCEPTION 'a legal hold keeps the audit' USING ERRCODE = 'BHF02';
  END IF;
  IF NOT EXISTS (SELECT FROM audit_events e WHERE e.org_id = org AND e.sequence = through AND e.hash = through_hash
      AND e.occurred_at < now() - interval '30 days') THEN
    RAISE EXCEPTION 'no event of that number and hash is old enough' USING ERRCODE = 'BHF03';
  END IF;
  IF NOT EXISTS (SELECT FROM audit_checkpoints c WHERE c.org_id = org AND c.sequence >= through) THEN
    RAISE EXCEPTION 'no signed head covers the events' USING ERRCODE = 'BHF03';
  END IF;
  DELETE FROM audit_events e WHERE e.org_id = org AND e.sequence <= through;
  GET DIAGNOSTICS gone = ROW_COUNT;
  INSERT INTO audit_floors AS f (org_id, sequence, hash, jws, at) VALUES (org, through, through_hash, statement, now())
    ON CONFLICT (org_id) DO UPDATE SET sequence = EXCLUDED.sequence, hash = EXCLUDED.hash, jws = EXCLUDED.jws,
      at = EXCLUDED.at WHERE f.sequence < EXCLUDED.sequence;
  RETURN gone;
END $$;

-- The keeper owns the parent, so that it may add partitions; the first one with it. The other tables keep their owner.
DO $$
DECLARE t regclass; f regprocedure;
BEGIN
  FOR t IN SELECT 'audit_events'::regclass UNION ALL
    SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit_events'::regclass
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO behalf_keeper', t);
  END LOOP;
  FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND proname IN ('audit_make_partitions', 'audit_drop_partitions', 'audit_retain')
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO behalf_keeper', f);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO behalf_runtime', f);
  END LOOP;
END $$;

-- A clock that runs wrong, or a job that has not run for months, must not stop the audit.
SET ROLE behalf_keeper;
CREATE TABLE audit_events_default PARTITION OF audit_events DEFAULT;
ALTER TABLE audit_events_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events_default FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_events_default USING (org_id = app_org()) WITH CHECK (org_id = app_org());
REVOKE ALL ON audit_events_default FROM PUBLIC, behalf_runtime;
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON audit_events_default FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
RESET ROLE;
SELECT audit_make_partitions(3);

-- Reads before a tenant is known, continued: whose head has moved since it was signed, and whose events a stream lacks.
GRANT CREATE ON SCHEMA public TO behalf_lookup;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['audit_heads', 'audit_checkpoints', 'audit_streams', 'audit_stream_cursors'] LOOP
    EXECUTE format('CREATE POLICY lookup ON %I FOR SELECT TO behalf_lookup USING (true)', t);
  END LOOP;
END $$;
GRANT SELECT (org_id, sequence) ON audit_heads TO behalf_lookup;
GRANT SELECT (org_id, sequence, at, pending) ON audit_checkpoints TO behalf_lookup;
GRANT SELECT (org_id, id, every_org, paused_at) ON audit_streams TO behalf_lookup;
GRANT SELECT (org_id, stream_org_id, stream_id, sequence, claimed_until, retry_at) ON audit_stream_cursors TO behalf_lookup;

CREATE FUNCTION chains_to_sign(older_seconds float8, most int) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT h.org_id FROM audit_heads h
  LEFT JOIN LATERAL (SELECT c.sequence, c.at, c.pending FROM audit_checkpoints c WHERE c.org_id = h.org_id
    ORDER BY c.sequence DESC LIMIT 1) last ON true
  -- A stored head that is ahead of its chain, or of the clock, was put there: it must not stop what is signed next.
  WHERE (h.sequence <> coalesce(last.sequence, 0) OR last.pending <> '{}')
    AND (last.at IS NULL OR last.at <= now() - make_interval(secs => older_seconds) OR last.sequence > h.sequence
      OR last.at > now() + interval '5 minutes')
  ORDER BY last.at NULLS FIRST LIMIT most $$;

CREATE FUNCTION streams_behind(most int) RETURNS TABLE (stream_org_id uuid, stream_id uuid, org_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT s.org_id, s.id, h.org_id FROM audit_streams s
  JOIN audit_heads h ON s.every_org OR h.org_id = s.org_id
  LEFT JOIN audit_stream_cursors c ON c.org_id = h.org_id AND c.stream_org_id = s.org_id AND c.stream_id = s.id
  -- A chain that is shorter than what a collector has is looked at too: it was not let go of by anybody in order.
  WHERE s.paused_at IS NULL AND h.sequence <> coalesce(c.sequence, 0)
    AND (c.retry_at IS NULL OR c.retry_at <= now()) AND (c.claimed_until IS NULL OR c.claimed_until <= now())
  ORDER BY c.retry_at NULLS FIRST LIMIT most $$;

CREATE FUNCTION lookup_audit_stream(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$ SELECT org_id FROM audit_streams WHERE id = object $$;

DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND proname IN ('chains_to_sign', 'streams_behind', 'lookup_audit_stream')
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO behalf_lookup', f);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO behalf_runtime', f);
  END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
