import { coversAll, isForOne, takesTwo } from '#lib/connect/schema'
import { revocationShare } from '#lib/console'
import type { Tenant } from '#lib/proof'
import { scopeRules } from '../../../scope-rules.ts'
import { isDeployment } from '../../../session.ts'
import { type Chosen, rowsOf, toldOf } from './chosen.ts'

/** What both of two people type before something that takes them. */
export const typedBy = (tenant: Tenant): string =>
  isDeployment(tenant) ? 'every organization' : tenant.externalId

/** Why a revocation takes a second person: it is everything, or these of so many active and paused accounts. */
export type Two = 'everything' | { reached: number; active: number }

/** Whether it does, by what it ends at this moment; `null` where one person may. */
export async function whyTwo(tenant: Tenant, chosen: Chosen): Promise<Two | null> {
  const told = toldOf(chosen)
  if (isDeployment(tenant) || coversAll(told)) return 'everything'
  if (isForOne(told)) return null
  const share = await revocationShare(tenant, rowsOf(chosen), scopeRules)
  return takesTwo(told, share) ? share : null
}
