import { constants } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AuditSettings, config } from '#lib/config'
import type { Egress } from '#lib/egress'
import { putInto } from './bucket.ts'
import { type FoundHead, readHead } from './head.ts'

/** A place outside the database that keeps signed heads. */
export type Place = { name: string; keep: (head: FoundHead) => Promise<void> }

const deadlineMs = 5_000

/** The folder that this process writes to and reads from. */
export const checkpointFolder = (): string =>
  config().audit.checkpointDir ?? join(config().dataDir, 'checkpoints')

/** Every place that the operator has named; the folder is always one. */
export function placesOf(egress: Egress, settings: AuditSettings = config().audit): Place[] {
  const { webhook, store } = settings
  return [
    { name: 'file', keep: (head) => appendTo(checkpointFolder(), head) },
    ...(webhook ? [{ name: 'webhook', keep: postTo(egress, webhook) }] : []),
    ...(store ? [{ name: 's3', keep: putInto(egress, store) }] : []),
  ]
}

const fileOf = (folder: string, chain: string) => join(folder, `${chain}.jsonl`)

/** One line, on the disk before it returns; a file per chain, so that a chain's heads are read without the others. */
async function appendTo(folder: string, { chain, sequence, hash, at, jws }: FoundHead): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(
    fileOf(folder, chain),
    constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY,
    0o600,
  )
  try {
    await file.write(`${JSON.stringify({ chain, sequence, hash, at, jws })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The signed heads of a chain in this machine's folder; none where there is no file. */
export async function headsInFile(chain: string, folder = checkpointFolder()): Promise<FoundHead[]> {
  const text = await readFile(fileOf(folder, chain), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return ''
    throw error
  })
  return headsInText(text, 'file').filter((head) => head.chain === chain)
}

/** Heads from lines of `{"jws": …}`, or of bare JWSs. What is neither, such as a line half written, is left out. */
export function headsInText(text: string, from: string): FoundHead[] {
  return text.split('\n').flatMap((line) => {
    const found = readHead(jwsOf(line.trim()), from)
    return found ? [found] : []
  })
}

function jwsOf(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    return String((JSON.parse(line) as { jws?: unknown }).jws)
  } catch {
    return ''
  }
}

const postTo =
  (egress: Egress, { url, token }: { url: string; token: string | null }) =>
  async ({ chain, org_id, sequence, hash, at, jws }: FoundHead): Promise<void> => {
    const answer = await egress.request({
      purpose: 'siem',
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ type: 'audit.checkpoint', chain, org_id, sequence, hash, at, jws }),
      deadlineMs,
    })
    assertTaken(answer.status)
  }

function assertTaken(status: number): void {
  if (status < 200 || status > 299) throw new Error(`answered ${status}`)
}
