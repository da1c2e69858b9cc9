import type { Stop } from '#lib/limits/schema'
import type { Caller, Tenant } from '#lib/proof'
import { connectorNames } from '../../connector-names.ts'
import { namesOf } from '../accounts/[id]/grantees.ts'

/** The names of what stops hold for, where it has another than its id. */
export const namesOfStopped = async (
  caller: Caller,
  tenant: Tenant,
  stops: readonly Pick<Stop, 'subject'>[],
): Promise<Readonly<Record<string, string>>> => ({
  ...connectorNames,
  ...(await namesOf(
    caller,
    tenant,
    stops.flatMap(({ subject: { type, id } }) => (type === 'agent' && id !== null ? [id] : [])),
  )),
})
