import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { config } from '#lib/config'
import { lookupTenant, ping } from '#lib/db'
import { newId } from '#lib/ids'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type CredentialRef, type Tokens, withTokens } from './credential.ts'
import { type Renewed, type Replaced, replaceTokens } from './lease.ts'
import { isDestroyed } from './org-keys.ts'
import { type Sealed, type Sealer, withOpened } from './seal.ts'

// Where a renewed pair waits while the database cannot take it: the one exception to "Postgres is all the state"
// (THREATS.md fault 17). A file is sealed, complete and on the disk before it has its name; bringing it in twice does
// no harm, so that any process that shares the folder may.

type Waiting = { renewed: Renewed; answeredAt: number }
type File = { org_id: string; key_version: number; sealed: string }

const retryMs = 500
/** A file that does not come in is tried ever more seldom, and keeps no other waiting. */
const retryMsMax = 60_000
const atOnce = 8
/** A draft that is older than this is nobody's who still writes it. */
const draftMsMax = 60_000
const folder = () => join(config().dataDir, 'spool')
const binding = (name: string) => ({ purpose: 'spool', parts: [name] })

/** What is to follow when a pair came in from the disk. */
export type SpoolHooks = {
  /** It is in place, perhaps for a credential that had been given up as lost. */
  inPlace(tenant: Tenant, accountId: string): Promise<void>
  /** No credential can take it any more: `replaced` has ended meanwhile. */
  overtaken(tenant: Tenant, replaced: CredentialRef, tokens: Tokens): Promise<void>
}

let hooks: SpoolHooks | null = null

export const followSpool = (follow: SpoolHooks): void => {
  hooks = follow
}

let running: Promise<void> | null = null
let wake = () => {}

/** Seals a pair to this process's disk and has it brought in as soon as the database is back. */
export async function spoolPair(seal: Sealer, tenant: Tenant, renewed: Renewed): Promise<void> {
  const name = `${newId()}.pair`
  const { sealed, keyVersion } = seal(binding(name), toText({ renewed, answeredAt: Date.now() }))
  const file: File = {
    org_id: tenant.orgId,
    key_version: keyVersion,
    sealed: Buffer.from(sealed).toString('base64'),
  }
  await mkdir(folder(), { recursive: true, mode: 0o700 })
  const draft = join(folder(), `${name}.draft`)
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(JSON.stringify(file))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, join(folder(), name))
  } catch (error) {
    // A disk that is full keeps no halves.
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder()
  log.warn({ org_id: tenant.orgId }, 'a renewed credential waits on disk for the database')
  void replaySpool()
}

/** A rename is on the disk when its folder is. */
async function syncFolder(): Promise<void> {
  const handle = await open(folder(), 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const toText = ({ renewed, answeredAt }: Waiting): string =>
  JSON.stringify({
    ...renewed,
    replaces: { ...renewed.replaces, generation: String(renewed.replaces.generation) },
    sealed: {
      keyVersion: renewed.sealed.keyVersion,
      sealed: Buffer.from(renewed.sealed.sealed).toString('base64'),
      key: Buffer.from(renewed.sealed.key).toString('base64'),
    },
    answeredAt,
  })

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'))

function fromText(text: string): Waiting {
  const { answeredAt, sealed, replaces, ...rest } = JSON.parse(text)
  return {
    answeredAt,
    renewed: {
      ...rest,
      replaces: { ...replaces, generation: BigInt(replaces.generation) },
      sealed: { keyVersion: sealed.keyVersion, sealed: bytes(sealed.sealed), key: bytes(sealed.key) },
    },
  }
}

/** Brings in every pair that waits on this disk, and keeps trying while the database is away; one run at a time. */
export function replaySpool(): Promise<void> {
  wake()
  running ??= replayAll().finally(() => {
    running = null
  })
  return running
}

type Wait = { untilMs: number; pauseMs: number }

async function replayAll(): Promise<void> {
  const waits = new Map<string, Wait>()
  for (let away = false; ; ) {
    const names = await waiting()
    if (names.length === 0) return
    const due = names.filter((name) => (waits.get(name)?.untilMs ?? 0) <= performance.now())
    const reached = await ping().then(
      () => true,
      () => false,
    )
    if (!reached && !away) log.warn({ pairs: names.length }, 'renewed credentials wait on disk')
    away = !reached
    for (let at = 0; reached && at < due.length; at += atOnce)
      await Promise.all(due.slice(at, at + atOnce).map((name) => tryOne(name, waits)))
    const left = names.filter((name) => waits.has(name))
    if (reached && left.length === 0) continue
    await nap(reached ? Math.min(...left.map((name) => waits.get(name)?.pauseMs ?? retryMs)) : retryMs)
  }
}

const nap = (ms: number) =>
  new Promise<void>((resolve) => {
    wake = resolve
    setTimeout(resolve, ms).unref()
  })

/** The files to bring in, and what was to become one when its process was killed. */
async function waiting(): Promise<string[]> {
  const names = await readdir(folder()).catch(() => [])
  const aged = async (name: string) => {
    const made = await stat(join(folder(), name)).catch(() => null)
    return made !== null && Date.now() - made.mtimeMs > draftMsMax
  }
  const drafts = names.filter((name) => name.endsWith('.pair.draft'))
  const left = await Promise.all(drafts.map(aged))
  return [...names.filter((name) => name.endsWith('.pair')), ...drafts.filter((_, at) => left[at])]
}

async function tryOne(name: string, waits: Map<string, Wait>): Promise<void> {
  try {
    await replayOne(name)
    waits.delete(name)
  } catch (err) {
    const pauseMs = Math.min(retryMsMax, (waits.get(name)?.pauseMs ?? retryMs / 2) * 2)
    waits.set(name, { untilMs: performance.now() + pauseMs, pauseMs })
    log.warn({ err, file: name }, 'a renewed credential still waits on disk')
  }
}

async function replayOne(name: string): Promise<void> {
  const path = join(folder(), name)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // Another process that shares the folder was first.
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return
  const file = parse(text)
  // Cut off before it was complete, it never held the whole pair.
  if (!file && name.endsWith('.draft')) return rm(path, { force: true })
  if (!file) throw new Error('not a file of the spool')
  const tenant = await lookupTenant(file.org_id)
  // Of another database: not this one's to judge.
  if (!tenant) throw new Error('a renewed credential of an unknown organization')
  const outcome = (await isDestroyed(tenant, file.key_version))
    ? 'destroyed'
    : await bringIn(tenant, name.replace(/\.draft$/, ''), file)
  await rm(path, { force: true })
  log.info({ org_id: file.org_id, outcome }, 'a renewed credential was brought in from the disk')
}

function parse(text: string): File | null {
  try {
    return JSON.parse(text) as File
  } catch {
    return null
  }
}

function bringIn(tenant: Tenant, name: string, file: File): Promise<Replaced> {
  const sealed: Sealed = { sealed: bytes(file.sealed), keyVersion: file.key_version }
  return withOpened(tenant, binding(name), sealed, async (plaintext) => {
    const { renewed, answeredAt } = fromText(plaintext.toString())
    const { replaces } = renewed
    const outcome = await replaceTokens(tenant, renewed, Math.max(0, (Date.now() - answeredAt) / 1000))
    if (outcome === 'overtaken') {
      const stored = { ...replaces, generation: replaces.generation + 1n, ...renewed.sealed }
      await withTokens(tenant, stored, renewed.sealed.key, async (tokens) =>
        hooks?.overtaken(tenant, replaces, tokens),
      )
    } else await hooks?.inPlace(tenant, replaces.accountId)
    return outcome
  })
}
