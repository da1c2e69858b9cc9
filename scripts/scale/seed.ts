// Fills a database with one large organization and many small ones, in the shapes, amounts and unevenness that a year of
// use leaves behind: few agents and tools make most calls, old accounts are used most, one person has a thousandth of all
// accounts, refusals come in bursts. It is for a database that is thrown away: what is there is emptied first, neither
// keys nor triggers are looked at, and the hash chains hold nothing.
import { Client } from 'pg'
import { functions, statementsFor, tables } from './rows/index.ts'

/** How long ago the first account was connected. */
const days = 390
/** Connections that write at once. */
const writers = 2

/** What the product counts of them by itself. */
const countedTables = [
  ...['usage_hours', 'usage_durations', 'usage_marks'],
  ...['usage_days', 'usage_outcome_days', 'usage_agent_days', 'usage_duration_days', 'usage_consent_days'],
]

/** Partitions as the audit would have them had it been running all the time: a month each. */
const partitions = `DO $$
DECLARE month timestamp; name text;
BEGIN
  IF to_regclass('audit_events_past') IS NOT NULL THEN RETURN; END IF;
  FOR name IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_events'::regclass
    AND inhrelid::regclass::text LIKE 'audit_events_before_%' LOOP
    EXECUTE format('DROP TABLE %I', name);
  END LOOP;
  SET LOCAL ROLE behalf_keeper;
  FOR n IN -14 .. 0 LOOP
    month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n);
    name := CASE WHEN n = -14 THEN 'audit_events_past' ELSE 'audit_events_' || to_char(month, 'YYYY_MM') END;
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I PARTITION OF audit_events FOR VALUES FROM (%s) TO (%L)', name,
      CASE WHEN n = -14 THEN 'MINVALUE' ELSE quote_literal(month AT TIME ZONE 'UTC') END,
      (month + interval '1 month') AT TIME ZONE 'UTC');
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (org_id = app_org()) WITH CHECK (org_id = app_org())', name);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, behalf_runtime', name);
  END LOOP;
END $$`

const settings = `SET session_replication_role = replica; SET maintenance_work_mem = '512MB';
  SET max_parallel_maintenance_workers = 0; SET synchronous_commit = off; SET jit = off`

/**
 * Empties the tables, fills them, and counts for the planner. Indexes beside the keys are built once everything lies there.
 * @param adminUrl of a superuser
 * @param orgs internal ids of organizations that there are; the first is the large one, others have a thousandth of it
 * @param accounts of the large one; ten times as many events
 * @returns what it took longest for
 */
export async function seedLarge(
  adminUrl: string,
  orgs: readonly string[],
  accounts: number,
): Promise<string> {
  const clients = Array.from({ length: writers }, () => new Client({ connectionString: adminUrl }))
  const [client] = clients as [Client, ...Client[]]
  try {
    for (const one of clients) {
      await one.connect()
      await one.query(settings)
    }
    await client.query(partitions)
    await client.query(`DROP SCHEMA IF EXISTS seed CASCADE; CREATE SCHEMA seed; ${functions}`)
    await client.query(`TRUNCATE ${[...tables, ...countedTables].join(', ')}, audit_heads CASCADE`)
    const indexes = await takenAway(client)
    // Up to now: "the last 24 hours" have something in them.
    const to = Date.now() - 1_000
    const from = to - days * 86_400_000
    const statements = orgs.flatMap((id, at) => {
      const own = at === 0 ? accounts : Math.max(10, Math.round(accounts / 1_000))
      return statementsFor({ id, at, accounts: own, from, to })
    })
    const took = new Map<string, number>()
    const doing = async (one: Client, queue: Iterator<string>, name: (text: string) => string) => {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const startedAt = performance.now()
        await one.query(next.value)
        const of = name(next.value)
        took.set(of, (took.get(of) ?? 0) + (performance.now() - startedAt) / 1_000)
      }
    }
    const together = async (work: readonly string[], name: (text: string) => string) => {
      const queue = work.values()
      await Promise.all(clients.map((one) => doing(one, queue, name)))
    }
    await together(statements, (text) => /INTO (\w+)/.exec(text)?.[1] ?? text)
    await together(indexes, () => 'indexes')
    await together(
      tables.map((table) => `VACUUM (ANALYZE, FREEZE) ${table}`),
      () => 'vacuum',
    )
    await client.query('DROP SCHEMA seed CASCADE')
    const slow = [...took].filter(([, seconds]) => seconds > 2)
    return slow.map(([what, seconds]) => `${what} ${seconds.toFixed(0)} s`).join(', ')
  } finally {
    for (const one of clients) await one.end()
  }
}

/** Takes away every index that no key needs. @returns what makes them again */
async function takenAway(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS definition
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE indrelid = ANY ($1::regclass[]) AND NOT indisprimary AND NOT relispartition
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`,
    [tables],
  )
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`)
  return rows.map(({ definition }) => definition)
}
