import { sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { sealerOf, withOpened } from './seal.ts'
import {
  countByVersion,
  leadWith,
  type OldRow,
  replaceOld,
  type SealedColumn,
  sealedColumns,
  selectOld,
} from './sealed-columns.ts'

const batchSize = 200

/** How many sealed values of an org stand under each version of its data key. */
export async function countSealed(tenant: Tenant): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (const of of sealedColumns) {
    const rows = await sqlForOrg(tenant, (sql) =>
      sql<{ version: number; rows: number }>(countByVersion(of), [tenant.orgId]),
    )
    for (const { version, rows: more } of rows) counts.set(version, (counts.get(version) ?? 0) + more)
  }
  return counts
}

/** One pass over what an older key sealed. `left`: it ended early; `failed`: does not open, and stays as it is. */
export type Pass = { resealed: number; failed: number; left: boolean }

/**
 * Seals anew, under version `to`, what stands under older ones; each batch is one short transaction.
 * @param goOn asked before each batch
 * @throws AppError `unavailable` when a key cannot be had just now
 */
export async function resealPass(tenant: Tenant, to: number, goOn: () => boolean): Promise<Pass> {
  const pass: Pass = { resealed: 0, failed: 0, left: false }
  for (const of of sealedColumns) {
    for (let after: string | null = null; ; ) {
      if (!goOn()) return { ...pass, left: true }
      const batch: OldRow[] = await sqlForOrg(tenant, (sql) =>
        sql<OldRow>(selectOld(of), [tenant.orgId, to, after, batchSize]),
      )
      const fresh = await resealed(tenant, to, of, batch)
      const opened = batch.filter((_, at) => fresh[at])
      const written = await sqlForOrg(tenant, (sql) =>
        sql(replaceOld(of), [
          tenant.orgId,
          opened.map(({ id }) => id),
          opened.map(({ stored }) => stored),
          fresh.filter((bytes) => bytes !== null),
          to,
        ]),
      )
      pass.resealed += written.length
      pass.failed += batch.length - opened.length
      after = batch.at(-1)?.id ?? null
      if (batch.length < batchSize) break
    }
  }
  return pass
}

async function resealed(tenant: Tenant, to: number, of: SealedColumn, batch: readonly OldRow[]) {
  const seal = await sealerOf(tenant)
  const lead = of.version === 'leads'
  return Promise.all(
    batch.map(async ({ stored, version, parts, key }) => {
      if (!parts) return null
      const binding = {
        purpose: of.purpose,
        parts,
        ...(of.generationKey && { key: key ?? new Uint8Array() }),
      }
      const sealed = { sealed: new Uint8Array(lead ? stored.subarray(4) : stored), keyVersion: version }
      try {
        const anew = await withOpened(tenant, binding, sealed, async (plaintext) => seal(binding, plaintext))
        if (anew.keyVersion !== to)
          throw new AppError('unavailable', {}, { internal: `data key ${to} is not current here` })
        return lead ? leadWith(to, anew.sealed) : anew.sealed
      } catch (error) {
        // Tampered bytes: reported by the vault where they stand, and no reason to leave all others unrotated.
        if (error instanceof AppError && error.internal === 'vault_integrity') return null
        throw error
      }
    }),
  )
}
