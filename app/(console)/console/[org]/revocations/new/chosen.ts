import { z } from 'zod'
import { idsMost } from '#components/console/table/columns'
import type { RevocationRequest } from '#lib/connect/schema'
import type { RevocableFilter } from '#lib/console'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { isDeployment } from '../../../session.ts'
import { connectionsFilter } from '../../accounts/list.tsx'

/** As the address has it: what the list of connections can be narrowed by, or ids of accounts, with commas. */
const ofOrg = z.strictObject({
  ...connectionsFilter.shape,
  ids: z
    .string()
    .max(idsMost * 40)
    .optional(),
})
const ofDeployment = z.strictObject({ connector: connectionsFilter.shape.connector })

export type Chosen = Partial<z.infer<typeof ofOrg>>

/** A name that is not known must not be passed over: more would be ended than was meant. */
export const chosenSchema = (tenant: Tenant): z.ZodType<Chosen> =>
  isDeployment(tenant) ? ofDeployment : ofOrg

/** @throws AppError `invalid_request` for what is no id of an account, and for more than one page selects */
function picked(ids: string): string[] {
  const uuids = ids.split(',').map((id) => parseId('connected_account', id))
  const known = uuids.filter((id) => id !== null)
  if (known.length < uuids.length || known.length > idsMost)
    throw new AppError('invalid_request', { detail: 'ids must be ids of accounts, as ca_…, with commas.' })
  return [...new Set(known)]
}

/** As rows are found by it. */
export const rowsOf = ({ ids, ...filter }: Chosen): RevocableFilter => ({
  ...filter,
  ...(ids !== undefined && { ids: picked(ids) }),
})

/** As reports keep it: of accounts that were picked only how many, since the report has them one by one. */
export function toldOf({ ids, ...filter }: Chosen): Record<string, string | number> {
  const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { ...Object.fromEntries(given), ...(ids !== undefined && { chosen: picked(ids).length }) }
}

const inOrder = (filter: object): string => JSON.stringify(Object.entries(filter).sort())

/** What is asked for, with internal ids where accounts were picked. */
export type Asked = { filter: object; picked?: readonly string[] | undefined }

/** Whether a request is for the very same. */
export function isSame(
  { filter, account_ids }: Pick<RevocationRequest, 'filter' | 'account_ids'>,
  asked: Asked,
): boolean {
  const { picked: _, ...words } = filter
  const ids = (all: readonly string[] | null | undefined) => [...(all ?? [])].sort().join()
  return inOrder(words) === inOrder(asked.filter) && ids(account_ids) === ids(asked.picked)
}
