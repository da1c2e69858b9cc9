import type { ReactNode } from 'react'
import { Shell } from '#components/console/shell'
import { listOrgs } from '#lib/tenancy'
import { signOut } from './actions.ts'
import type { Admin } from './session.ts'

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
  here: 'orgs' | 'accounts' | 'audit'
  children: ReactNode
}) {
  const mayChoose = admin.caller.reach === null && org !== null
  const orgs = mayChoose ? (await listOrgs(admin.caller, null, switcherMost)).map(({ view }) => view) : []
  return (
    <Shell
      email={admin.member.email}
      org={org && { id: org.id, name: org.name }}
      orgs={orgs.map(({ id, name }) => ({ id, name }))}
      here={here}
      signOut={signOut}
    >
      {children}
    </Shell>
  )
}
