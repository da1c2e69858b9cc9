import { AppError } from '#lib/errors'
import type { OrganizationChange } from '#lib/tenancy/schema'
import { connectors } from '#runtime'

/** Refuses a rule that would never apply: whoever misspells a scope believes it guarded. @throws AppError `invalid_request` */
export function assertApprovalRules(settings: OrganizationChange['settings']): void {
  for (const [at, { connector, scopes }] of (settings?.connection_approval ?? []).entries()) {
    const path = `settings.connection_approval.${at}`
    const known = Object.hasOwn(connectors, connector) ? connectors[connector] : undefined
    const strange = known && scopes?.find((scope) => !known.scopes[scope])
    if (known && strange === undefined) continue
    const message = known ? `${known.name} has no scope ${strange}` : `there is no connector ${connector}`
    throw new AppError('invalid_request', {
      detail: `In connection_approval: ${message}.`,
      param: path,
      errors: [{ path: known ? `${path}.scopes` : `${path}.connector`, message }],
    })
  }
}
