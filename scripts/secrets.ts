// The secrets a development instance makes for itself, once, in its data folder.
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Secrets = {
  /** base64, 32 bytes */
  masterKey: string
  sandboxClientSecret: string
  sandboxControlKey: string
  databaseAdminPassword: string
  databaseRuntimePassword: string
}

/**
 * Reads `secrets.json` in `dataDir`, or makes it: complete or absent, mode 0600. Two processes that start
 * together agree, because only one of them can link its file to the name.
 */
export function readOrCreateSecrets(dataDir: string): Secrets {
  // Others may pass through (the database runs as another user when we are root) but not list.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const file = join(dataDir, 'secrets.json')
  const existing = read(file)
  if (existing) return existing

  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const secrets: Secrets = {
    masterKey: randomBytes(32).toString('base64'),
    sandboxClientSecret: randomBytes(32).toString('base64url'),
    sandboxControlKey: randomBytes(32).toString('base64url'),
    databaseAdminPassword: randomBytes(24).toString('hex'),
    databaseRuntimePassword: randomBytes(24).toString('hex'),
  }
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, file)
    return secrets
  } catch (error) {
    const winner = read(file)
    if (!winner) throw error
    return winner
  } finally {
    unlinkSync(draft)
  }
}

function read(file: string): Secrets | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}
