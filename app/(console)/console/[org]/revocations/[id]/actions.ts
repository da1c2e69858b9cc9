'use server'

import { headers } from 'next/headers'
import type { ProofResult } from '#components/console/prove-stop'
import { executeInput } from '#lib/broker/schema'
import { getRevocation, listRevokedAccounts } from '#lib/connect'
import { AppError, toAppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { broker, originOf } from '#runtime'
import { acting } from '../../../acting.ts'
import { harmlessTool } from '../../../harmless-tool.ts'
import { isDeployment, requireTenant } from '../../../session.ts'

/** Rehearses a read through one of the accounts that a revocation stopped: nothing leaves for the provider. */
export async function proveStop(
  org: string,
  revocation: string,
  _previous: ProofResult,
): Promise<ProofResult> {
  return acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'revocations.read')
    const id = parseId('revocation', String(revocation))
    if (id === null || isDeployment(tenant)) throw new AppError('not_found')
    await getRevocation(tenant, id)
    const accounts = await listRevokedAccounts(tenant, id, null, 100)
    for (const { connected_account_id: account, connector } of accounts) {
      const tool = harmlessTool(connector)
      if (!tool) continue
      const asked = executeInput.parse({ connected_account_id: account, tool_name: tool.name, dry_run: true })
      const at = `${new Date().toISOString().slice(0, 19).replace('T', ' ')} UTC`
      const about = { tool: tool.name, account, at }
      try {
        await broker.execute(caller, asked, originOf(await headers()), AbortSignal.timeout(10_000))
        return { ...about, refused: false }
      } catch (thrown) {
        const error = toAppError(thrown)
        if (error.status >= 500) throw thrown
        return { ...about, refused: true, code: error.code, why: error.message }
      }
    }
    return { fault: 'None of these accounts has a tool that only reads and needs no params.' }
  })
}
