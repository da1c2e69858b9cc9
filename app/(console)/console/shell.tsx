import type { ReactNode } from 'react'
import { type Here, Shell } from '#components/console/shell'
import type { Tenant } from '#lib/proof'
import { getOrg, listOrgs } from '#lib/tenancy'
import { signOut } from './actions.ts'
import { type Admin, isDeployment } from './session.ts'

/** Orgs in the switcher's menu; the list of orgs has them all. */
const switcherMost = 20

/** The console's frame for this admin. */
export async function ConsoleShell({
  admin,
  org,
  here,
  children,
}: {
  admin: Admin
  org: { id: string; name: string } | null
  here: Here
  children: ReactNode
}) {
  const mayChoose = admin.caller.reach === null && org !== null
  const orgs = mayChoose ? (await listOrgs(admin.caller, null, switcherMost)).map(({ view }) => view) : []
  return (
    <Shell
      email={admin.member.email}
      role={admin.caller.role}
      org={org && { id: org.id, name: org.name }}
      orgs={orgs.map(({ id, name }) => ({ id, name }))}
      here={here}
      operator={admin.caller.reach === null}
      signOut={signOut}
    >
      {children}
    </Shell>
  )
}

/** The org that a page is about, as its frame names it; `null` for the deployment. */
export const orgOf = async (tenant: Tenant): Promise<{ id: string; name: string } | null> =>
  isDeployment(tenant) ? null : getOrg(tenant)
