import { forOrg, type Tx } from '#lib/db'
import type { Caller, Tenant } from '#lib/proof'
import type { Row } from './read.ts'

/** All that is known of who somebody is: their ids as a user, their addresses, and what identity providers say. */
export type Person = { userIds: Set<string>; emails: Set<string>; subjects: Set<string> }

type Known = { email: string | null; iss: string | null; sub: string | null; external_id?: string }

const nobody = (): Person => ({ userIds: new Set(), emails: new Set(), subjects: new Set() })

const subjectOf = (iss: string, sub: string) => JSON.stringify([iss, sub])

function learn(person: Person, { external_id, email, iss, sub }: Known): void {
  if (external_id !== undefined) person.userIds.add(external_id)
  if (email) person.emails.add(email.toLowerCase())
  if (iss !== null && sub !== null) person.subjects.add(subjectOf(iss, sub))
}

const sizeOf = ({ userIds, emails, subjects }: Person) => userIds.size + emails.size + subjects.size

/** One person may have several ids in a product: whoever shares an address or a subject with them is them. */
async function completeIn(tx: Tx, tenant: Tenant, person: Person): Promise<Person> {
  for (let before = -1; before !== sizeOf(person); ) {
    before = sizeOf(person)
    const { userIds, emails, subjects } = person
    const rows = await tx.$queryRaw<Known[]>`
      SELECT external_id, email, iss, sub FROM end_users WHERE org_id = ${tenant.orgId}::uuid AND deleted_at IS NULL
        AND (external_id = ANY (${[...userIds]}) OR lower(email) = ANY (${[...emails]})
          OR json_build_array(iss, sub)::jsonb = ANY (${[...subjects]}::jsonb[]))
      LIMIT 100`
    for (const row of rows) learn(person, row)
  }
  return person
}

/** Who a user of the org is; also one that is not known here. */
export function userIn(tx: Tx, tenant: Tenant, externalId: string): Promise<Person> {
  const person = nobody()
  person.userIds.add(externalId)
  return completeIn(tx, tenant, person)
}

/** Who a member of the console is, an operator of the deployment included; to be read before the transaction. */
export const memberOf = (caller: Caller & { kind: 'admin' }): Promise<Known | null> =>
  forOrg(caller.home, (tx) =>
    tx.members.findUnique({
      where: { org_id_id: { org_id: caller.home.orgId, id: caller.memberId } },
      select: { email: true, iss: true, sub: true },
    }),
  )

export function memberIn(tx: Tx, tenant: Tenant, member: Known): Promise<Person> {
  const person = nobody()
  learn(person, member)
  return completeIn(tx, tenant, person)
}

/** Whether the agent that asked is one for which this person answers: they could have it ask, and approve. */
export async function answersForIn(tx: Tx, row: Row, { userIds, emails }: Person): Promise<boolean> {
  const { type, id } = row.requester as { type: string; id: string }
  if (type !== 'agent') return false
  const owner = (await tx.agents.findFirst({ where: { id }, select: { owner: true } }))?.owner?.trim()
  return owner !== undefined && (userIds.has(owner) || emails.has(owner.toLowerCase()))
}

/**
 * Keyed digests of every id, address and subject of a person. They are kept with the person's decision; who shares one with
 * somebody that has decided is the same person, and counts no second time.
 */
export const marksOf = (
  { userIds, emails, subjects }: Person,
  hmac: (purpose: string, data: string) => string,
): string[] =>
  [
    ...[...userIds].map((id) => ['user', id]),
    ...[...emails].map((email) => ['email', email]),
    ...[...subjects].map((subject) => ['subject', subject]),
  ].map((mark) => hmac('approver', JSON.stringify(mark)))

const share = (one: ReadonlySet<string>, other: ReadonlySet<string>) => [...one].some((it) => other.has(it))

export const samePerson = (one: Person, other: Person): boolean =>
  share(one.userIds, other.userIds) || share(one.emails, other.emails) || share(one.subjects, other.subjects)
