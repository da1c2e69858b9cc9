import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { config } from '#lib/config'
import { lookupTenant } from '#lib/db'
import { newId } from '#lib/ids'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { type Renewed, type Replaced, replaceTokens } from './lease.ts'
import { type Sealed, type Sealer, withOpened } from './seal.ts'

// Where a renewed pair waits while the database cannot take it: the one exception to "Postgres is all the state"
// (THREATS.md fault 17). A file is sealed, complete and on the disk before it has its name; bringing it in twice does
// no harm, so that any process that shares the folder may.

type Waiting = { tenant: Tenant; renewed: Renewed; answeredAt: number }
type File = { org_id: string; key_version: number; sealed: string }

const retryMs = 500
const folder = () => join(config().dataDir, 'spool')
const binding = (name: string) => ({ purpose: 'spool', parts: [name] })

type Revived = (tenant: Tenant, accountId: string) => Promise<void>

let revived: Revived = async () => {}

/** What is to follow when a pair comes in for a credential that had been given up as lost. */
export const onRevived = (follow: Revived): void => {
  revived = follow
}

let waiting: Promise<void> | null = null

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
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(JSON.stringify(file))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, join(folder(), name))
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

const toText = ({ renewed, answeredAt }: Omit<Waiting, 'tenant'>): string =>
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

function fromText(text: string): Omit<Waiting, 'tenant'> {
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
  waiting ??= replayAll().finally(() => {
    waiting = null
  })
  return waiting
}

async function replayAll(): Promise<void> {
  for (;;) {
    const names = (await readdir(folder()).catch(() => [])).filter((name) => name.endsWith('.pair'))
    if (names.length === 0) return
    const left = await Promise.all(names.map((name) => replayOne(name)))
    if (left.every((done) => done)) continue
    await new Promise((wake) => setTimeout(wake, retryMs).unref())
  }
}

/** @returns whether the file is done with */
async function replayOne(name: string): Promise<boolean> {
  try {
    const text = await readFile(join(folder(), name), 'utf8').catch(() => null)
    if (text === null) return true
    const file = JSON.parse(text) as File
    const tenant = await lookupTenant(file.org_id)
    const outcome = tenant ? await bringIn(tenant, name, file) : 'overtaken'
    await rm(join(folder(), name), { force: true })
    log.info({ org_id: file.org_id, outcome }, 'a renewed credential was brought in from the disk')
    return true
  } catch (err) {
    log.warn({ err }, 'a renewed credential still waits on disk')
    return false
  }
}

function bringIn(tenant: Tenant, name: string, file: File): Promise<Replaced> {
  const sealed: Sealed = { sealed: bytes(file.sealed), keyVersion: file.key_version }
  return withOpened(tenant, binding(name), sealed, async (plaintext) => {
    const { renewed, answeredAt } = fromText(plaintext.toString())
    const outcome = await replaceTokens(tenant, renewed, Math.max(0, (Date.now() - answeredAt) / 1000))
    if (outcome === 'revived') await revived(tenant, renewed.replaces.accountId)
    return outcome
  })
}
