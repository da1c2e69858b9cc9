// Which indexes the measured queries enter. What it prints is for whoever runs it.
import { Client } from 'pg'
import { tables } from './rows/index.ts'

async function withClient<T>(adminUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Counts from here on which indexes are entered. */
export const forgetUse = (adminUrl: string) =>
  withClient(adminUrl, (client) => client.query('SELECT pg_stat_reset()'))

/** Which indexes these queries entered: one that nothing enters costs every write for nothing. */
export async function tellIndexes(adminUrl: string): Promise<void> {
  const { rows } = await withClient(adminUrl, (client) =>
    client.query<{ name: string; scans: string; mb: string }>(
      `SELECT coalesce(i.inhparent::regclass::text, s.indexrelid::regclass::text) AS name, sum(idx_scan) AS scans,
          round(sum(pg_relation_size(s.indexrelid)) / 1048576) AS mb
        FROM pg_stat_user_indexes s LEFT JOIN pg_inherits i ON i.inhrelid = s.indexrelid
        WHERE relname = ANY ($1) OR relname LIKE 'audit_events%' GROUP BY 1 ORDER BY 2, 1`,
      [tables],
    ),
  )
  for (const { name, scans, mb } of rows)
    console.log(`${name.padEnd(50)} ${scans.padStart(9)} scans ${mb.padStart(6)} MB`)
}
