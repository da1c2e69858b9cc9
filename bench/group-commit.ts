/** What it needs of a connection. */
type Database = {
  query(statement: { name: string; text: string; values: unknown[][] }): Promise<unknown>
}

type Waiting = { values: readonly unknown[]; done: () => void; failed: (error: unknown) => void }

/**
 * Commits rows of concurrent requests together: while one INSERT is on its way the next rows gather, and each caller
 * waits for the commit of its own row.
 * @param types SQL type of each column, in the order of the rows' values
 */
export function groupCommit(database: Database, table: string, types: readonly string[]) {
  const arrays = types.map((type, at) => `$${at + 1}::${type}[]`).join(', ')
  const statement = { name: `append_${table}`, text: `INSERT INTO ${table} SELECT * FROM unnest(${arrays})` }
  let gathered: Waiting[] = []
  let busy = false

  async function flush(): Promise<void> {
    busy = true
    while (gathered.length > 0) {
      const batch = gathered
      gathered = []
      const values = types.map((_, column) => batch.map((row) => row.values[column]))
      await database.query({ ...statement, values }).then(
        () => {
          for (const row of batch) row.done()
        },
        (error: unknown) => {
          for (const row of batch) row.failed(error)
        },
      )
    }
    busy = false
  }

  return (values: readonly unknown[]): Promise<void> =>
    new Promise((done, failed) => {
      gathered.push({ values, done, failed })
      if (!busy) void flush()
    })
}
