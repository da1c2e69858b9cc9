-- How much may be done, and what may not be done at all for now.

-- A limit holds for the calls that its selectors name, counted apart for each of what `per` lists. The meters say how
-- much of it is used. What a cost unit is worth to an org is said per tool; a tool that is not named costs one.
CREATE TABLE limits (
  org_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, most BIGINT NOT NULL,
  window_seconds INTEGER, per TEXT[] DEFAULT '{}', agent_id UUID, user_id UUID, tool_name TEXT, connector TEXT,
  replaces_default BOOLEAN NOT NULL DEFAULT false, by_operator BOOLEAN NOT NULL, created_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  FOREIGN KEY (org_id, user_id) REFERENCES end_users (org_id, id),
  CHECK (kind IN ('rate', 'concurrency', 'daily_calls', 'daily_cost')), CHECK (most > 0),
  CHECK ((kind = 'rate') = (window_seconds IS NOT NULL)), CHECK (window_seconds > 0),
  CHECK (per IS NOT NULL AND per <@ ARRAY['user', 'agent', 'account', 'tool', 'connector'])
);
CREATE INDEX limits_id_idx ON limits (id);
CREATE TABLE tool_costs (
  org_id UUID NOT NULL, id UUID NOT NULL, tool_name TEXT NOT NULL, units BIGINT NOT NULL,
  updated_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (org_id, id), UNIQUE (org_id, tool_name),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (units >= 0)
);
-- One row per limit and subject that met it: `mark` is the moment at which a rate is spent (GCRA's theoretical arrival
-- time, seconds since 1970) or the day that `used` counts (days since 1970, UTC). A row is changed by every call that
-- it holds for, so that pages leave room for its next version. Limits that come from the configuration have no row of
-- their own to refer to, and the sweep takes away what no limit asks for any more.
CREATE TABLE limit_meters (
  org_id UUID NOT NULL, limit_id UUID NOT NULL, subject TEXT NOT NULL,
  mark DOUBLE PRECISION NOT NULL DEFAULT 0, used BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, limit_id, subject),
  FOREIGN KEY (org_id) REFERENCES organizations (id)
) WITH (fillfactor = 50);

-- Which limits an org has is kept in memory under this number, which is read with every call.
ALTER TABLE organizations ADD COLUMN limits_version BIGINT NOT NULL DEFAULT 0;
CREATE FUNCTION count_limits_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE organizations SET limits_version = limits_version + 1 WHERE id = app_org();
  RETURN NULL;
END $$;
CREATE TRIGGER limits_changed AFTER INSERT OR UPDATE OR DELETE ON limits
  FOR EACH STATEMENT EXECUTE FUNCTION count_limits_change();
CREATE TRIGGER costs_changed AFTER INSERT OR UPDATE OR DELETE ON tool_costs
  FOR EACH STATEMENT EXECUTE FUNCTION count_limits_change();

-- Decides a batch of calls and counts those that pass, all in one statement: N processes share what is left.
-- Meters come as parallel arrays, one entry per limit and subject, in the order of (limit, subject) so that no two
-- batches wait for each other in a ring; calls refer to them by position. A call is admitted by all its limits or
-- counted by none. What runs is counted from its rows, so that no slot is lost with the process that held it.
-- Answers with the refused calls alone: which meter holds each back longest, and for how many seconds.
CREATE FUNCTION admit_calls(
  limits uuid[], subjects text[], kinds text[], mosts bigint[], windows float8[], running jsonb,
  calls int[], meters int[], units bigint[])
  RETURNS TABLE (call int, meter int, wait_seconds float8) LANGUAGE plpgsql
  -- Arrays of any length are joined the same way: planning that anew for every batch would cost more than doing it.
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  total int := cardinality(limits);
  asked int := cardinality(calls);
  marks float8[]; spent bigint[]; held int;
  moment float8; today float8; next_day float8;
  i int := 1; j int; m int; ahead float8; longest float8; by_meter int;
BEGIN
  LOOP
    SELECT count(*), array_agg(locked.mark ORDER BY at), array_agg(locked.used ORDER BY at) INTO held, marks, spent
    FROM (
      SELECT a.at, l.mark, l.used FROM unnest(limits, subjects) WITH ORDINALITY AS a (id, subject, at)
      JOIN limit_meters l ON l.org_id = app_org() AND l.limit_id = a.id AND l.subject = a.subject
      ORDER BY a.at FOR UPDATE OF l) AS locked;
    EXIT WHEN held = total;
    INSERT INTO limit_meters (org_id, limit_id, subject)
      SELECT app_org(), a.id, a.subject FROM unnest(limits, subjects) WITH ORDINALITY AS a (id, subject, at) ORDER BY at
      ON CONFLICT DO NOTHING;
  END LOOP;
  -- The clock, too, is read after the wait for the locks.
  moment := extract(epoch FROM clock_timestamp());
  today := floor(moment / 86400);
  next_day := (today + 1) * 86400 - moment;
  FOR m IN 1 .. total LOOP
    IF kinds[m] = 'concurrency' THEN
      SELECT count(*) INTO held FROM executions e WHERE e.org_id = app_org() AND e.status = 'running'
        AND (running->(m - 1)->>'user' IS NULL OR e.user_id = (running->(m - 1)->>'user')::uuid)
        AND (running->(m - 1)->>'agent' IS NULL OR coalesce(e.agent_id::text, '') = running->(m - 1)->>'agent')
        AND (running->(m - 1)->>'account' IS NULL OR e.account_id = (running->(m - 1)->>'account')::uuid)
        AND (running->(m - 1)->>'tool' IS NULL OR e.tool_name = running->(m - 1)->>'tool')
        AND (running->(m - 1)->>'connector' IS NULL OR split_part(e.tool_name, '.', 1) = running->(m - 1)->>'connector');
      spent[m] := held;
    ELSIF kinds[m] <> 'rate' AND marks[m] <> today THEN
      marks[m] := today;
      spent[m] := 0;
    END IF;
  END LOOP;
  WHILE i <= asked LOOP
    j := i; longest := 0; by_meter := NULL;
    WHILE j <= asked AND calls[j] = calls[i] LOOP
      m := meters[j];
      ahead := CASE kinds[m]
        WHEN 'rate' THEN greatest(marks[m], moment) + windows[m] / mosts[m] - windows[m] - moment
        WHEN 'concurrency' THEN CASE WHEN spent[m] < mosts[m] THEN 0 ELSE 1 END
        ELSE CASE WHEN spent[m] + units[j] <= mosts[m] THEN 0 ELSE next_day END END;
      -- A clock counts in parts of a microsecond: what is due in less than one is due.
      IF ahead > 1e-6 AND ahead > longest THEN
        longest := ahead;
        by_meter := m;
      END IF;
      j := j + 1;
    END LOOP;
    IF by_meter IS NULL THEN
      FOR k IN i .. j - 1 LOOP
        m := meters[k];
        IF kinds[m] = 'rate' THEN marks[m] := greatest(marks[m], moment) + windows[m] / mosts[m];
        ELSE spent[m] := spent[m] + units[k];
        END IF;
      END LOOP;
    ELSE
      call := calls[i]; meter := by_meter; wait_seconds := longest;
      RETURN NEXT;
    END IF;
    i := j;
  END LOOP;
  UPDATE limit_meters l SET mark = a.mark, used = a.used
    FROM unnest(limits, subjects, kinds, marks, spent) AS a (id, subject, kind, mark, used)
    WHERE l.org_id = app_org() AND l.limit_id = a.id AND l.subject = a.subject AND a.kind <> 'concurrency'
      AND (l.mark, l.used) IS DISTINCT FROM (a.mark, a.used);
END $$;

-- A stop: calls of an agent, for a user, of a tool or a connector, of an org, or all of them, until it is lifted or
-- its time is over. One that belongs to the deployment holds for every org.
CREATE TABLE stops (
  org_id UUID NOT NULL, id UUID NOT NULL, subject TEXT NOT NULL, subject_id TEXT NOT NULL, reason TEXT NOT NULL,
  by_operator BOOLEAN NOT NULL, placed_by JSONB NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, until TIMESTAMPTZ(3),
  lifted_at TIMESTAMPTZ(3), lifted_by JSONB, lift_reason TEXT,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (subject IN ('agent', 'user', 'tool', 'connector', 'org', 'all')),
  CHECK ((subject IN ('org', 'all')) = (subject_id = '')),
  CHECK (subject <> 'all' OR org_id = deployment_org()),
  CHECK (subject NOT IN ('org', 'user') OR org_id <> deployment_org()),
  CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
-- Read with every call: an org without a stop finds an empty range.
CREATE INDEX stops_active_idx ON stops (org_id, subject, subject_id) WHERE lifted_at IS NULL;
CREATE INDEX stops_id_idx ON stops (id);

-- What a stop holds for never changes, and it ends once.
CREATE FUNCTION keep_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.lifted_at IS NOT NULL AND NEW.lifted_at IS DISTINCT FROM OLD.lifted_at)
    OR (NEW.org_id, NEW.id, NEW.subject, NEW.subject_id, NEW.by_operator, NEW.created_at, NEW.until)
      IS DISTINCT FROM (OLD.org_id, OLD.id, OLD.subject, OLD.subject_id, OLD.by_operator, OLD.created_at, OLD.until)
  THEN RAISE EXCEPTION 'a stop stays as it was placed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lifted_once AFTER UPDATE ON stops FOR EACH ROW EXECUTE FUNCTION keep_stop();

-- The processes that make calls cancel what is under way: they are told when the transaction commits.
CREATE FUNCTION tell_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('behalf_stop', json_build_object('org', CASE WHEN NEW.org_id = deployment_org() THEN NULL ELSE NEW.org_id END,
    'subject', NEW.subject, 'id', NEW.subject_id, 'reason', NEW.reason)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_placed AFTER INSERT ON stops FOR EACH ROW EXECUTE FUNCTION tell_stop();

-- An intent passes the gate before it looks for stops, and whoever places one closes it first: an intent is then
-- either committed before the stop, and its call is cancelled, or sees it. Nothing is in between.
CREATE FUNCTION pass_stop_gate() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('behalf stop ' || app_org(), 14));
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('behalf stop ' || deployment_org(), 14));
END $$;
CREATE FUNCTION close_stop_gate() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('behalf stop ' || app_org(), 14));
END $$;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['limits', 'tool_costs', 'limit_meters', 'stops'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO behalf_runtime', t);
  END LOOP;
END $$;
REVOKE DELETE ON stops FROM behalf_runtime;
CREATE POLICY deployment_shared ON stops FOR SELECT USING (org_id = deployment_org() AND app_org() IS NOT NULL);

-- Reads before a tenant is known, continued: the org of an id, and how many calls run that a stop of the deployment
-- holds for, over all orgs.
CREATE POLICY lookup ON limits FOR SELECT TO behalf_lookup USING (true);
CREATE POLICY lookup ON stops FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT (org_id, id) ON limits, stops TO behalf_lookup;
GRANT SELECT (agent_id, tool_name, status, created_at) ON executions TO behalf_lookup;
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE FUNCTION lookup_limit(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT l.org_id FROM limits l WHERE l.id = object
    AND NOT EXISTS (SELECT FROM organizations o WHERE o.id = l.org_id AND o.deleted_at IS NOT NULL) $$;
CREATE FUNCTION lookup_stop(object uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT s.org_id FROM stops s WHERE s.id = object
    AND NOT EXISTS (SELECT FROM organizations o WHERE o.id = s.org_id AND o.deleted_at IS NOT NULL) $$;
CREATE FUNCTION running_everywhere(of_subject text, of_id text, since_seconds float8) RETURNS int
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT count(*)::int FROM executions e WHERE e.status = 'running'
    AND e.created_at > now() - make_interval(secs => since_seconds)
    AND CASE of_subject WHEN 'agent' THEN e.agent_id::text = of_id WHEN 'tool' THEN e.tool_name = of_id
      WHEN 'connector' THEN split_part(e.tool_name, '.', 1) = of_id ELSE true END $$;
DO $$
DECLARE f regprocedure;
BEGIN
  FOREACH f IN ARRAY ARRAY['lookup_limit(uuid)'::regprocedure, 'lookup_stop(uuid)'::regprocedure,
    'running_everywhere(text,text,float8)'::regprocedure] LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO behalf_lookup', f);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO behalf_runtime', f);
  END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
