'use server'

import type { VerifyResult } from '#components/console/audit/verify-chain'
import { verifyAudit } from '#lib/audit'
import { acting } from '../../acting.ts'
import { requireTenant } from '../../session.ts'

/** Walks the org's whole chain and says whether it holds. */
export async function verifyChain(org: string): Promise<VerifyResult> {
  return acting(async () => {
    const { tenant } = await requireTenant(String(org), 'audit.read')
    return { report: await verifyAudit(tenant) }
  })
}
