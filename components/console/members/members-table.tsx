import Link from 'next/link'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import type { ConsoleMember } from '#lib/identity/schema'
import { Time } from '../time.tsx'
import { roleName } from './role-words.ts'

export { roleName, roleWords } from './role-words.ts'

const statuses = {
  invited: { words: 'Has not signed in yet', tone: 'warning' },
  active: { words: 'Active', tone: 'success' },
  disabled: { words: 'Disabled', tone: 'neutral' },
} as const

export const MemberBadge = ({ status }: Pick<ConsoleMember, 'status'>) => (
  <Badge tone={statuses[status].tone}>{statuses[status].words}</Badge>
)

const methods = { link: 'by link', sso: 'by single sign-on' } as const

/** How they signed in last. */
export const methodWords = (method: ConsoleMember['sign_in_method']): string =>
  method === null ? '' : methods[method]

/** Members by their address, each with a page of its own. @param self the public id of whoever looks */
export const MembersTable = ({
  members,
  base,
  self,
}: {
  members: readonly ConsoleMember[]
  base: string
  self: string
}) => (
  <Table label="Members">
    <thead>
      <tr>
        <Th>Member</Th>
        <Th className="hidden sm:table-cell">Role</Th>
        <Th className="hidden md:table-cell">Status</Th>
        <Th className="hidden lg:table-cell">Last sign-in</Th>
      </tr>
    </thead>
    <tbody>
      {members.map((member) => (
        <tr key={member.id}>
          <Td>
            <Link
              href={`${base}/${member.id}`}
              className="font-medium wrap-anywhere text-link underline-offset-2 hover:underline"
            >
              {member.email}
            </Link>
            {member.id === self && <span className="ms-2 text-xs text-muted-fg">you</span>}
            {member.name !== null && (
              <span className="block text-xs text-muted-fg wrap-anywhere">{member.name}</span>
            )}
            <span className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs md:hidden">
              <span className="sm:hidden">{roleName(member.role)}</span>
              <MemberBadge status={member.status} />
            </span>
          </Td>
          <Td className="hidden whitespace-nowrap sm:table-cell">{roleName(member.role)}</Td>
          <Td className="hidden md:table-cell">
            <MemberBadge status={member.status} />
          </Td>
          <Td className="hidden lg:table-cell">
            <Time unbroken at={member.last_signed_in_at} absent="–" />
            <span className="block text-xs text-muted-fg">{methodWords(member.sign_in_method)}</span>
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
