-- What an org's calls came to, by the hour: a picture of a month reads some thousand rows, and not a million calls. The rows
-- are made from the calls and refusals themselves, an hour at a time when it is over; what is younger than `usage_marks` says
-- is counted from the calls when somebody looks. Nothing is written here while calls are made.
CREATE TABLE usage_hours (
  org_id UUID NOT NULL, hour TIMESTAMPTZ(3) NOT NULL,
  -- The nil UUID for the product itself.
  agent_id UUID NOT NULL, tool_name TEXT NOT NULL, status TEXT NOT NULL,
  -- The code of what failed or was refused; empty for what did not.
  reason TEXT NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (org_id, hour, agent_id, tool_name, status, reason),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (status IN ('running', 'succeeded', 'failed', 'unknown', 'denied')), CHECK (calls > 0)
);
-- Hours with calls whose end was not known: they are counted again until it is.
CREATE INDEX usage_hours_open_idx ON usage_hours (org_id, hour) WHERE status IN ('running', 'unknown');

-- How long calls took: `step` n holds those of 2^(n/8) to 2^((n+1)/8) milliseconds, so that a percentile is told within 9 %.
CREATE TABLE usage_durations (
  org_id UUID NOT NULL, hour TIMESTAMPTZ(3) NOT NULL, connector TEXT NOT NULL, step INTEGER NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (org_id, hour, connector, step),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (step >= 0), CHECK (calls > 0)
);

-- How renewals of an org's credentials ended. Nothing else keeps that for longer than an hour.
CREATE TABLE usage_renewals (
  org_id UUID NOT NULL, hour TIMESTAMPTZ(3) NOT NULL, connector TEXT NOT NULL, outcome TEXT NOT NULL, renewals INTEGER NOT NULL,
  PRIMARY KEY (org_id, hour, connector, outcome),
  FOREIGN KEY (org_id) REFERENCES organizations (id),
  CHECK (outcome IN ('renewed', 'failed', 'held')), CHECK (renewals > 0)
);

-- Up to which hour an org's calls are in `usage_hours`.
CREATE TABLE usage_marks (
  org_id UUID NOT NULL, through TIMESTAMPTZ(3) NOT NULL,
  PRIMARY KEY (org_id),
  FOREIGN KEY (org_id) REFERENCES organizations (id)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['usage_hours', 'usage_durations', 'usage_renewals', 'usage_marks'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON %I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO behalf_runtime', t);
  END LOOP;
END $$;

-- Reads before a tenant is known, continued: what each org used, for the deployment's operators. Counts alone.
CREATE POLICY lookup ON usage_hours FOR SELECT TO behalf_lookup USING (true);
CREATE POLICY lookup ON usage_marks FOR SELECT TO behalf_lookup USING (true);
CREATE POLICY lookup ON tool_costs FOR SELECT TO behalf_lookup USING (true);
GRANT SELECT ON usage_hours, usage_marks TO behalf_lookup;
GRANT SELECT (org_id, tool_name, units) ON tool_costs TO behalf_lookup;
GRANT CREATE ON SCHEMA public TO behalf_lookup;
CREATE FUNCTION usage_everywhere(since timestamptz, until timestamptz)
  RETURNS TABLE (org_id uuid, through timestamptz, succeeded bigint, failed bigint, unsettled bigint, denied bigint, units bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT o.id, m.through,
    coalesce(sum(h.calls) FILTER (WHERE h.status = 'succeeded'), 0)::bigint,
    coalesce(sum(h.calls) FILTER (WHERE h.status = 'failed'), 0)::bigint,
    coalesce(sum(h.calls) FILTER (WHERE h.status IN ('running', 'unknown')), 0)::bigint,
    coalesce(sum(h.calls) FILTER (WHERE h.status = 'denied'), 0)::bigint,
    coalesce(sum(h.calls * coalesce(c.units, 1)) FILTER (WHERE h.status <> 'denied'), 0)::bigint
  FROM organizations o
  LEFT JOIN usage_marks m ON m.org_id = o.id
  LEFT JOIN usage_hours h ON h.org_id = o.id AND h.hour >= since AND h.hour < until
  LEFT JOIN tool_costs c ON c.org_id = o.id AND c.tool_name = h.tool_name
  WHERE o.id <> deployment_org() AND o.deleted_at IS NULL
  GROUP BY o.id, m.through $$;
ALTER FUNCTION usage_everywhere(timestamptz, timestamptz) OWNER TO behalf_lookup;
REVOKE ALL ON FUNCTION usage_everywhere(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION usage_everywhere(timestamptz, timestamptz) TO behalf_runtime;
REVOKE CREATE ON SCHEMA public FROM behalf_lookup;
