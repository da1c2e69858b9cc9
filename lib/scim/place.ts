import type { Origin } from '#lib/audit'
import type { ScimCaller } from '#lib/identity'
import type { Caller, Tenant } from '#lib/proof'

/** How a person is locked out, let in again and removed: as by the API, so that their accounts end with them. */
export type People = {
  deactivateUser: (tenant: Tenant, caller: Caller, userId: string, origin: Origin) => Promise<unknown>
  reactivateUser: (tenant: Tenant, caller: Caller, userId: string, origin: Origin) => Promise<unknown>
  removeUser: (tenant: Tenant, caller: Caller, userId: string, origin: Origin) => Promise<unknown>
}

/** Where a request is answered: whose people it is about, and who asks. */
export type Place = {
  people: People
  tenant: Tenant
  caller: ScimCaller
  origin: Origin
  /** The address of `/scim/v2`. */
  base: string
}
