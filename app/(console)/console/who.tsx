import Link from 'next/link'
import { toAppError } from '#lib/errors'
import { getMember } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { deploymentTenant } from '#lib/tenancy'
import { pathOf } from './session.ts'

type Actor = { type: string; id: string }
type Reader = Caller & { kind: 'admin' }

const types: Readonly<Record<string, string>> = {
  root_key: 'The root key',
  api_key: 'An API key',
  agent: 'An agent',
  end_user: 'A user',
  scim_token: 'The directory',
  sso: 'The product',
  system: 'Behalf itself',
}

/** A member as people know them, and where their page is; `null` where there is no such member. */
async function memberIn(home: Tenant, id: string): Promise<{ email: string; home: Tenant } | null> {
  try {
    return { email: (await getMember(home, id)).email, home }
  } catch (thrown) {
    if (toAppError(thrown).code !== 'not_found') throw thrown
    return null
  }
}

/**
 * Who did something, by the name that people know: a member by their address, with their page for those who may read it.
 * Operators of the deployment are named to operators alone (docs/roles.md).
 */
export async function Who({ tenant, reader, actor }: { tenant: Tenant; reader: Reader; actor: Actor }) {
  if (actor.type !== 'member')
    return (
      <>
        {types[actor.type] ?? actor.type}
        {!['root_key', 'system'].includes(actor.type) && (
          <>
            {' '}
            <code className="font-mono text-xs break-all">{actor.id}</code>
          </>
        )}
      </>
    )
  const member =
    (await memberIn(tenant, actor.id)) ??
    (reader.reach === null ? await memberIn(deploymentTenant(reader), actor.id) : null)
  if (member === null) return 'An operator of the deployment'
  if (!permits(reader.role, 'members.read')) return member.email
  return (
    <Link
      href={`${pathOf(member.home)}/members/${publicId('member', actor.id)}`}
      className="text-link underline underline-offset-2 wrap-anywhere"
    >
      {member.email}
    </Link>
  )
}
