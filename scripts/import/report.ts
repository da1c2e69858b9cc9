// What became of each line, so that a run that was interrupted or corrected goes on where it is needed. It never holds
// a token: user ids, account ids and codes alone.
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { z } from 'zod'

const outcome = z.enum(['imported', 'already', 'unverified', 'skipped', 'failed'])
export type Outcome = z.infer<typeof outcome>

const reportLine = z.object({
  line: z.number(),
  user_id: z.string().nullable(),
  connector: z.string().nullable(),
  outcome,
  connected_account_id: z.string().nullable(),
  error_code: z.string().nullable(),
  detail: z.string().nullable(),
})
export type ReportLine = z.infer<typeof reportLine>

const done: readonly Outcome[] = ['imported', 'already', 'unverified']

export type Report = {
  /** Whether an earlier run brought this line in; a line whose user or connector has changed since is another. */
  isDone: (line: number, userId: string, connector: string) => boolean
  write: (entry: ReportLine) => Promise<void>
  close: () => Promise<void>
}

/** @throws Error when the file is there and is no report */
export async function openReport(file: string): Promise<Report> {
  const ends = new Set<string>()
  const keyOf = (line: number, user: string | null, connector: string | null) =>
    JSON.stringify([line, user, connector])
  if (existsSync(file)) {
    const earlier = await open(file)
    let first = true
    for await (const text of earlier.readLines()) {
      if (text === '') continue
      const entry = parse(text)
      if (!entry && first) throw new Error(`${file} is no report of an import`)
      first = false
      if (entry && done.includes(entry.outcome)) ends.add(keyOf(entry.line, entry.user_id, entry.connector))
    }
  }
  const handle = await open(file, 'a', 0o600)
  // A run that was killed may have left half a line: what comes next begins its own.
  if ((await handle.stat()).size > 0) await handle.appendFile('\n')
  return {
    isDone: (line, user, connector) => ends.has(keyOf(line, user, connector)),
    write: async (entry) => {
      await handle.appendFile(`${JSON.stringify(entry)}\n`)
    },
    close: () => handle.close(),
  }
}

function parse(text: string): ReportLine | null {
  try {
    return reportLine.parse(JSON.parse(text))
  } catch {
    return null
  }
}
