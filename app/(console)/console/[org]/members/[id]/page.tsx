import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { ConfirmAction } from '#components/console/confirm-action'
import { ChangeRole } from '#components/console/members/change-role'
import { MemberBadge, methodWords, roleName, roleWords } from '#components/console/members/members-table'
import { AnotherLink } from '#components/console/members/sign-in-link'
import { Time } from '#components/console/time'
import { getMember } from '#lib/identity'
import { type ConsoleMember, permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { sendsMail } from '#lib/mail'
import { memberIdOf } from '../../../../../api/v1/members/changes.ts'
import { orNotFound, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { changeRole, disableMember, enableMember, endSessions, sendLink } from '../actions.ts'

export const metadata: Metadata = { title: 'Member' }

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt className="text-xs text-muted-fg">{name}</dt>
    <dd className="wrap-anywhere">{children}</dd>
  </div>
)

export default async function MemberPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireTenant(org, 'members.read')
  const { tenant, caller } = admin
  const base = pathOf(tenant)
  const member = await orNotFound(asked(tenant, id))
  const self = parseId('member', member.id) === caller.memberId
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="members">
      <p className="text-sm">
        <Link href={`${base}/members`} className="text-link underline-offset-2 hover:underline">
          Members
        </Link>
      </p>
      <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 className="text-xl font-semibold tracking-tight wrap-anywhere">{member.email}</h1>
        <MemberBadge status={member.status} />
      </div>
      <dl className="mt-5 grid gap-4 text-sm sm:grid-cols-2 lg:grid-cols-4">
        {member.name !== null && <Fact name="Name">{member.name}</Fact>}
        <Fact name="Role">
          {roleName(member.role)}
          <span className="block text-xs text-muted-fg">{roleWords[member.role].does}</span>
        </Fact>
        <Fact name="Last sign-in">
          <Time at={member.last_signed_in_at} absent="never" /> {methodWords(member.sign_in_method)}
        </Fact>
        <Fact name="Member since">
          <Time at={member.created_at} />
        </Fact>
        {member.disabled_at !== null && (
          <Fact name="Disabled">
            <Time at={member.disabled_at} />
          </Fact>
        )}
      </dl>
      {self && (
        <p className="mt-8 text-sm text-muted-fg">
          This is you. Nobody changes their own role or disables themselves: another owner does.
        </p>
      )}
      {!self && permits(caller.role, 'members.manage') && (
        <Manage member={member} org={base.slice('/console/'.length)} />
      )}
    </ConsoleShell>
  )
}

// Within a promise: an id of another shape is thrown, and is not found either.
const asked = async (tenant: Parameters<typeof getMember>[0], id: string) => getMember(tenant, memberIdOf(id))

const Section = ({ title, says, children }: { title: string; says: string; children: ReactNode }) => (
  <section className="grid content-start gap-3">
    <h2 className="font-semibold">{title}</h2>
    <p className="text-sm text-muted-fg">{says}</p>
    {children}
  </section>
)

function Manage({ member, org }: { member: ConsoleMember; org: string }) {
  const { id, email, role } = member
  if (member.status === 'disabled')
    return (
      <div className="mt-8">
        <ConfirmAction
          action={enableMember.bind(null, org, id)}
          label="Enable again"
          title={`Let ${email} in again?`}
          confirm="Enable"
        >
          <p>They sign in anew, as {roleName(role)}.</p>
        </ConfirmAction>
      </div>
    )
  return (
    <div className="mt-8 grid gap-10 lg:grid-cols-2">
      <Section title="Role" says="Their sessions end with the change; they sign in anew.">
        <ChangeRole action={changeRole.bind(null, org, id)} role={role} />
      </Section>
      <div className="grid content-start gap-8">
        <Section
          title="Sign-in link"
          says={
            sendsMail()
              ? 'Goes to their address. It is good for 15 minutes and one use.'
              : 'For you to hand over: good for 15 minutes and one use. It is in the audit that you had it.'
          }
        >
          <AnotherLink action={sendLink.bind(null, org, id)} mails={sendsMail()} />
        </Section>
        <Section title="Sessions" says="Signs them out everywhere at once, and voids links that are out.">
          <ConfirmAction
            action={endSessions.bind(null, org, id)}
            label="End sessions"
            title={`Sign ${email} out everywhere?`}
            confirm="End sessions"
          >
            <p>Their role stays. They can sign in again.</p>
          </ConfirmAction>
        </Section>
        <Section title="Access" says="Takes their access away at once. What they did stays in the audit.">
          <ConfirmAction
            action={disableMember.bind(null, org, id)}
            label="Disable"
            title={`Disable ${email}?`}
            confirm="Disable"
            variant="danger"
          >
            <p>They are signed out everywhere and cannot sign in until an owner enables them.</p>
          </ConfirmAction>
        </Section>
      </div>
    </div>
  )
}
