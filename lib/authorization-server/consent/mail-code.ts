import { randomInt, timingSafeEqual } from 'node:crypto'
import type { Origin } from '#lib/audit'
import { digitsOf, postOf } from '#lib/connect'
import { deployment, forOrg, lookupPeople, lookupTenant, type Tx } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { newId } from '#lib/ids'
import { networkOf } from '#lib/limits'
import { log } from '#lib/log'
import { forgetMailIn, sendsMail } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { orgHmacOf } from '#lib/vault'
import { doors, enter } from '../doors.ts'
import type { Interaction, SignedIn } from '../interaction.ts'
import { forgetIn, type Person, recordSignIn, tenantOfSignIn } from './sign-in.ts'

// Whether an address is known is nobody's business before it is proven: what is answered, how often, and how quickly,
// is the same for every address.

/** How long a code is good for, how many wrong ones end it, and how many letters one interaction can have sent. */
export const mailRules = { seconds: 600, tries: 5, sends: 4, digits: 8 } as const

/**
 * Most letters with such codes in an hour: to one address, and to the people of one org, wherever they sign in. Far below
 * what an org may send in all, so that strangers use up nothing that its confirmation codes and invitations need.
 */
export const signInMailsPerHourMax = { address: doors.address.one, org: 200 } as const

type Row = {
  id: string
  code_hmac: string | null
  tries: number
  over: boolean
  proved: boolean
  people: Person[]
}

async function lockedIn(tx: Tx, tenant: Tenant, interaction: string): Promise<Row | null> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT id, code_hmac, tries, expires_at <= now() AS over, proved_at IS NOT NULL AS proved, people FROM sign_ins
    WHERE org_id = ${tenant.orgId}::uuid AND interaction = ${interaction} AND kind = 'mail' AND ended IS NULL FOR UPDATE`
  return row ?? null
}

/** What is to be done once the browser has its answer. */
type Letter = { tenant: Tenant; id: string; send: number; address: string; locale: string }

/**
 * Begins a sign-in by mail, or another code in place of the last one: wrong tries stay counted.
 * @returns what `mailCode` takes; `null` where no more letters go out for this interaction
 * @throws AppError `rate_limited` where too many were asked for from one network, whoever has the addresses
 */
export async function beginMail(
  interaction: Interaction,
  address: string,
  locale: string,
  origin: Origin,
): Promise<Letter | null> {
  await enter('mail', networkOf(origin.ip))
  const tenant = await tenantOfSignIn(interaction)
  const expires_at = new Date(Date.now() + mailRules.seconds * 1000)
  return forOrg(tenant, async (tx) => {
    await forgetIn(tx, tenant)
    // No sweep comes by the deployment's own letters.
    if (tenant.orgId === deployment.orgId) await forgetMailIn(tx, tenant)
    const [row] = await tx.$queryRaw<{ id: string; sends: number }[]>`
      INSERT INTO sign_ins (org_id, id, interaction, kind, sends, sent_at, expires_at)
      VALUES (${tenant.orgId}::uuid, ${newId()}::uuid, ${interaction.uid}, 'mail', 1, now(), ${expires_at})
      ON CONFLICT (org_id, interaction, kind) DO UPDATE SET sends = sign_ins.sends + 1, sent_at = now(),
        expires_at = ${expires_at}, code_hmac = NULL, people = '[]', proved_at = NULL
      WHERE sign_ins.sends < ${mailRules.sends} AND sign_ins.ended IS NULL AND sign_ins.tries < ${mailRules.tries}
      RETURNING id, sends`
    return row ? { tenant, id: row.id, send: row.sends, address: address.trim(), locale } : null
  })
}

const digestText = (id: string, code: string): string => `${id}/${code}`

/** The address as it is known of a person: what was typed may be spelt another way, and goes nowhere. */
async function knownAddress(tenant: Tenant, { user }: Person): Promise<string | null> {
  const row = await forOrg(tenant, (tx) =>
    tx.end_users.findUnique({
      where: { org_id_id: { org_id: tenant.orgId, id: user }, deleted_at: null },
      select: { email: true },
    }),
  )
  return row?.email ?? null
}

/** Whoever has the address: in this org, or in any where the resource is every org's. */
async function peopleOf(tenant: Tenant, address: string): Promise<Person[]> {
  const found = (await lookupPeople(address)).map(({ orgId, userId }) => ({ org: orgId, user: userId }))
  return tenant.orgId === deployment.orgId ? found : found.filter(({ org }) => org === tenant.orgId)
}

type Share = 'left' | 'address_full' | 'org_full'

/** Whether this org's people, and this address, may be written to again. */
async function shareIn(tx: Tx, tenant: Tenant, recipientKey: string): Promise<Share> {
  // Of two at the same moment the second counts the first; the queue takes the same lock.
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`mail/${tenant.orgId}`}, 0))::text`
  const [counted] = await tx.$queryRaw<{ address: number; org: number }[]>`
    SELECT count(*) FILTER (WHERE recipient_key = ${recipientKey})::int AS address, count(*)::int AS org
    FROM mails WHERE org_id = ${tenant.orgId}::uuid AND kind = 'sign_in' AND created_at > now() - interval '1 hour'`
  const { address, org } = signInMailsPerHourMax
  if (counted === undefined || counted.address >= address) return 'address_full'
  return counted.org < org ? 'left' : 'org_full'
}

/** Writes the letter at the charge of a person's own org. @returns whether another org is to be asked */
async function postFor(
  person: Person,
  note: { locale: string; code: string; anywhere: boolean },
  until: Date,
): Promise<'done' | 'next'> {
  const own = await lookupTenant(person.org)
  const to = own && (await knownAddress(own, person))
  if (!own || !to) return 'next'
  const [post, hmac] = await Promise.all([postOf(own), orgHmacOf(own)])
  const recipientKey = hmac('mail_recipient', to.toLowerCase())
  try {
    return await forOrg(own, async (tx) => {
      const share = await shareIn(tx, own, recipientKey)
      if (share === 'left') await post(tx, null, { kind: 'sign_in', to, ...note }, until)
      return share === 'org_full' ? 'next' : 'done'
    })
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'rate_limited') return 'next'
    throw thrown
  }
}

/** Letters of ASCII alone are the same in either case, as where people are looked up. */
const sameCase = (address: string) => address.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/**
 * Mails a code to an address, if anybody here has it. Nothing is answered and nothing thrown: it runs after the browser
 * has its answer. Where several orgs know the address, one that has letters left is charged, so that none can use up
 * another's, and its name stands nowhere in it.
 */
export async function mailCode({ tenant, id, send, address, locale }: Letter): Promise<void> {
  if (!sendsMail()) return
  try {
    const people = await peopleOf(tenant, address)
    if (people.length === 0) return
    await enter('address', sameCase(address))
    const hmac = await orgHmacOf(tenant)
    const code = String(randomInt(0, 10 ** mailRules.digits)).padStart(mailRules.digits, '0')
    const until = new Date(Date.now() + mailRules.seconds * 1000)
    // A newer request of the same browser has its own letter.
    const { count } = await forOrg(tenant, (tx) =>
      tx.sign_ins.updateMany({
        where: { org_id: tenant.orgId, id, sends: send, ended: null, proved_at: null },
        data: { code_hmac: hmac('sign_in_code', digestText(id, code)), people },
      }),
    )
    if (count !== 1) return
    const anywhere = tenant.orgId === deployment.orgId
    const asked = new Set<string>()
    for (const person of people) {
      if (asked.has(person.org)) continue
      asked.add(person.org)
      if ((await postFor(person, { locale, code, anywhere }, until)) === 'done') return
    }
  } catch (thrown) {
    log.warn({ code: toAppError(thrown).code }, 'code to sign in with not mailed')
  }
}

/** `shape` is no code at all, and costs no try; `over` was not even compared. */
type TriedCode = 'right' | 'wrong' | 'shape' | 'over'

/** Compares a code, one try at a time. */
export async function tryMailCode(interaction: Interaction, typed: string): Promise<TriedCode> {
  const code = digitsOf(typed, mailRules.digits)
  if (code === null) return 'shape'
  const tenant = await tenantOfSignIn(interaction)
  const hmac = await orgHmacOf(tenant)
  return forOrg(tenant, async (tx) => {
    const row = await lockedIn(tx, tenant, interaction.uid)
    if (!row || row.over || row.proved || row.tries >= mailRules.tries) return 'over'
    const given = Buffer.from(hmac('sign_in_code', digestText(row.id, code)))
    // Where no letter went out there is no code, and the answer takes as long.
    const kept = Buffer.from(row.code_hmac ?? hmac('sign_in_code', digestText(row.id, 'none')))
    const at = { org_id_id: { org_id: tenant.orgId, id: row.id } }
    if (given.length === kept.length && timingSafeEqual(given, kept)) {
      await tx.sign_ins.update({ where: at, data: { proved_at: new Date(), code_hmac: null } })
      return 'right'
    }
    await tx.sign_ins.update({ where: at, data: { tries: row.tries + 1 } })
    return row.tries + 1 >= mailRules.tries ? 'over' : 'wrong'
  })
}

/** Who is proven to have the address that a code went to, in the browser that entered it. */
export async function provenPeople(interaction: Interaction): Promise<Person[]> {
  const tenant = await tenantOfSignIn(interaction)
  return forOrg(tenant, async (tx) => {
    const row = await lockedIn(tx, tenant, interaction.uid)
    return row?.proved && !row.over ? row.people : []
  })
}

/**
 * Signs in one of the people who were proven, once.
 * @throws AppError `session_expired` where none was, or they are over
 */
export async function finishWithMail(
  interaction: Interaction,
  userId: string,
  origin: Origin,
): Promise<SignedIn> {
  const tenant = await tenantOfSignIn(interaction)
  const person = await forOrg(tenant, async (tx) => {
    const row = await lockedIn(tx, tenant, interaction.uid)
    const found = row?.proved && !row.over ? row.people.find(({ user }) => user === userId) : undefined
    if (!row || !found) return null
    await tx.sign_ins.update({
      where: { org_id_id: { org_id: tenant.orgId, id: row.id } },
      data: { ended: 'signed_in' },
    })
    return found
  })
  const own = person && (await lookupTenant(person.org))
  if (!person || !own) throw new AppError('session_expired')
  await forOrg(own, (tx) => recordSignIn(tx, own, person.user, 'mail', 'in', origin))
  return { orgId: person.org, userId: person.user }
}
