// For the tests of this room: a chain of its own per test, and the hand that can write anything but cannot sign.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { disconnect, forOrg } from '#lib/db'
import { createEgress, type Egress, parseAllow } from '#lib/egress'
import { systemCaller } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { type AuditInput, appendAudit, genesis, hashOf, type Row } from './event.ts'
import { rowBatches } from './rows.ts'

export const actor = { type: 'key', id: 'key_1' }

export type Scene = {
  /** Where signed heads lie. */
  folder: string
  egress: Egress
  superuser: Superuser
  /** The organization of this test. */
  tenant: Tenant
  other: (name: string) => Promise<Tenant>
  append: (n: number, into?: Tenant, more?: Partial<AuditInput>) => Promise<void>
  rows: (of?: Tenant) => Promise<Row[]>
  /** What somebody does who can write anything into the database and knows how hashes are made: all but signing. */
  rebuild: (change: (rows: Row[]) => Row[], of?: Tenant) => Promise<void>
  /** Appends events as they would be had they been written that long ago: time passes for the tests alone. */
  aged: (days: number, n: number, of?: Tenant) => Promise<void>
}

/** Sets the scene for a whole test file; each test has an organization without events. */
export function setScene(name: string): Scene {
  const folder = mkdtempSync(join(tmpdir(), `behalf-${name}-`))
  process.env.BEHALF_CHECKPOINT_DIR = folder
  const egress = createEgress({ allow: parseAllow('siem=127.0.0.1,siem=localhost'), default: 'public' })
  const scene = { folder, egress } as Scene
  const operator = systemCaller('test')
  let made = 0
  beforeAll(async () => {
    scene.superuser = await useSuperuser()
  })
  beforeEach(async () => {
    scene.tenant = await ensureOrg(operator, `org-${++made}`, prepareOrgKeys)
  })
  afterAll(async () => {
    await scene.egress.close()
    await disconnect()
    rmSync(scene.folder, { recursive: true, force: true })
  })
  scene.other = (of) => ensureOrg(operator, `${of}-${made}`, prepareOrgKeys)
  scene.append = (n, into = scene.tenant, more = {}) =>
    forOrg(into, async (tx) => {
      for (let at = 0; at < n; at++)
        await appendAudit(tx, into, {
          action: 'test.done',
          outcome: 'allowed',
          actor,
          ip: '203.0.113.7',
          details: { at },
          ...more,
        })
    })
  scene.rows = async (of = scene.tenant) => {
    const all: Row[] = []
    for await (const rows of rowBatches(of, {})) all.push(...rows)
    return all
  }
  scene.rebuild = async (change, of = scene.tenant) => {
    const rows = change(await scene.rows(of))
    const first = rows[0]
    await scene.superuser.tamper('DELETE FROM audit_events WHERE org_id = $1', [of.orgId])
    let [sequence, prev_hash] =
      first && first.sequence > 1n ? [first.sequence - 1n, first.prev_hash] : [0n, genesis]
    for (const row of rows) {
      const next = { ...row, sequence: ++sequence, prev_hash }
      const hash = hashOf(next)
      await scene.superuser.tamper(
        `INSERT INTO audit_events SELECT * FROM jsonb_populate_record(NULL::audit_events, $1::jsonb)`,
        [JSON.stringify({ ...next, sequence: String(sequence), hash })],
      )
      prev_hash = hash
    }
    await scene.superuser.tamper('UPDATE audit_heads SET sequence = $2, hash = $3 WHERE org_id = $1', [
      of.orgId,
      String(sequence),
      prev_hash,
    ])
  }
  scene.aged = async (days, n, of = scene.tenant) => {
    await scene.append(n, of)
    const rows = (await scene.rows(of)).slice(-n)
    let [prev_hash, hash] = [rows[0]?.prev_hash ?? '', '']
    for (const row of rows) {
      const occurred_at = new Date(row.occurred_at.getTime() - days * 86_400_000)
      hash = hashOf({ ...row, occurred_at, prev_hash })
      await scene.superuser.tamper(
        `UPDATE audit_events SET occurred_at = $3, prev_hash = $4, hash = $5 WHERE org_id = $1 AND sequence = $2`,
        [of.orgId, String(row.sequence), occurred_at, prev_hash, hash],
      )
      prev_hash = hash
    }
    await scene.superuser.tamper('UPDATE audit_heads SET hash = $2 WHERE org_id = $1', [of.orgId, hash])
  }
  return scene
}
