import { createHash } from 'node:crypto'
import { hashOf, type Tool, wordsOf } from '#lib/connector-kit'
import { type Effect, type Risk, risk } from '#lib/connector-kit/schema'
import { capital, durationsOffered, longestConsent, riskKeys } from '#lib/consent'
import { forOrg, lookupTenant, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Translator } from '#lib/i18n'
import { publicId } from '#lib/ids'
import { sendsMail } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { getOrgIn } from '#lib/tenancy'
import type { Interaction, SignedIn } from '../interaction.ts'
import type { AuthorizeView, OfferedAccount } from '../schema.ts'
import { offlineAccess } from '../scopes.ts'
import { changedSinceIn } from './changed.ts'
import { type Connectors, detailsOf, type Offer, offersIn } from './offers.ts'

const riskOf: Readonly<Record<Effect, Risk>> = {
  read: 'read',
  write: 'write',
  send: 'send',
  delete: 'admin',
  admin: 'admin',
}

/** What the screen shows, the text that is kept of it, and what may be chosen. */
export type AuthorizeScreen = {
  tenant: Tenant
  account: SignedIn
  view: AuthorizeView
  text: string
  /** Agreeing names it, so that nobody agrees to words they have not seen, or to tools that became others meanwhile. */
  hash: string
  offers: readonly Offer[]
}

/**
 * What a client asks for, in the words of the person who is asked.
 * @throws AppError `not_found` where the person or the org is gone
 */
export async function authorizeScreen(
  connectors: Connectors,
  interaction: Interaction,
  account: SignedIn,
  t: Translator,
): Promise<AuthorizeScreen> {
  const tenant = await lookupTenant(account.orgId)
  if (!tenant) throw new AppError('not_found')
  const { offers, blocked, changed, person, organization } = await forOrg(tenant, async (tx) => {
    const found = await offersIn(connectors, tx, tenant, account, interaction)
    const some = found === 'blocked' ? [] : found
    return {
      organization: await getOrgIn(tx, tenant),
      person: await activePersonIn(tx, tenant, account.userId),
      offers: some,
      blocked: found === 'blocked',
      changed: await changedSinceIn(tx, tenant, account, interaction.client.clientId, some),
    }
  })
  const durations = durationsOffered(longestConsent(organization.settings))
  const view: AuthorizeView = {
    client: interaction.client,
    organization: organization.name,
    person: person.email ?? person.name ?? person.external_id,
    connects: sendsMail() && person.email !== null,
    blocked,
    changed: [...changed].map(({ name, title }) => ({ name, title })),
    accounts: offers.map((offer) => offeredAccount(offer, t)),
    asksForTools: interaction.scopes.some((scope) => scope.startsWith('tools:')),
    also: [
      ...(interaction.scopes.includes('accounts:read') ? [t('authorize.also_accounts')] : []),
      ...(interaction.scopes.includes('executions:read') ? [t('authorize.also_executions')] : []),
    ],
    limits: detailsOf(interaction).flatMap(({ params = {} }) =>
      Object.entries(params).map(([place, says]) => ({ place, says: JSON.stringify(says) })),
    ),
    durations: [
      { value: 'once', title: t('authorize.once'), chosen: !interaction.scopes.includes(offlineAccess) },
      // Without a refresh token nothing lasts longer than that anyway.
      ...(interaction.scopes.includes(offlineAccess)
        ? durations.days.map((days) => ({
            value: days === null ? 'open' : String(days),
            title: days === null ? t('consent.duration_open') : t('consent.duration_days', { days }),
            chosen: days === durations.chosen,
          }))
        : []),
    ],
  }
  const text = authorizeText(view, t)
  const tools = offers.flatMap((offer) => offer.tools.map(hashOf))
  const hash = createHash('sha256')
    .update([text, ...tools].join('\n'))
    .digest('hex')
  return { tenant, account, view, text, hash, offers }
}

/** @throws AppError `not_found` for a person who is gone or stopped */
export async function activePersonIn(tx: Tx, tenant: Tenant, userId: string) {
  const row = await tx.end_users.findFirst({
    where: { org_id: tenant.orgId, id: userId, deleted_at: null, deactivated_at: null },
    select: { id: true, external_id: true, email: true, name: true },
  })
  if (!row) throw new AppError('not_found')
  return row
}

/** An account as the screen shows it. */
export function offeredAccount({ accountId, label, connector, tools }: Offer, t: Translator): OfferedAccount {
  const words = wordsOf(connector, t.locale)
  const does = (tool: Tool) => (tool.scopes[0] ?? []).map((scope) => words.scopes[scope]?.does ?? scope)
  return {
    id: publicId('connected_account', accountId),
    connector: { id: connector.id, name: connector.name },
    label,
    groups: risk.options.flatMap((level) => {
      const own = tools.filter(({ effect }) => riskOf[effect] === level)
      if (own.length === 0) return []
      return [
        {
          risk: level,
          title: t(riskKeys[level]),
          does: [...new Set(own.flatMap(does))].map(capital),
          tools: own.map(({ name, title }) => ({ name, title })),
        },
      ]
    }),
  }
}

const line = (...parts: readonly (string | null)[]): string => parts.filter(Boolean).join(' · ')

/** Who asks, as the screen says it. */
const whoAsks = ({ client, organization }: AuthorizeView, t: Translator): string[] => [
  client.kind === 'agent'
    ? t('authorize.name_known', { organization })
    : t('authorize.name_own', { client: client.name }),
  line(t('authorize.goes_to'), client.redirectHost ?? t('authorize.goes_device')),
  ...(client.redirectHost === null ? [t('authorize.device_body')] : []),
  ...(client.local ? [t('authorize.local', { client: client.name })] : []),
]

/** The screen as plain text, in its order and language: what is kept of it. */
export function authorizeText(view: AuthorizeView, t: Translator): string {
  const plain = (chunks: string[]) => chunks.join('')
  const title = t.rich<string>('authorize.title', {
    client: view.client.name,
    organization: view.organization,
    b: plain,
  })
  return [
    title.join(''),
    ...whoAsks(view, t),
    line(t('consent.label_you'), view.person),
    ...view.changed.map((tool) => line(t('authorize.changed_title'), tool.title, tool.name)),
    ...view.accounts.flatMap(({ id, connector, label, groups }) => [
      line(t('authorize.accounts'), connector.name, label, id),
      ...groups.flatMap(({ title: heading, does, tools }) => [
        line(heading, ...does),
        ...tools.map((tool) => line(heading, tool.title, tool.name)),
      ]),
    ]),
    ...(view.accounts.length === 0 ? [t('authorize.none')] : []),
    ...view.also.map((says) => line(t('authorize.also'), says)),
    ...view.limits.map(({ place, says }) => line(t('authorize.limits'), place, says)),
    line(t('consent.duration_title'), ...view.durations.map(({ title: lasts }) => lasts)),
    t('authorize.never'),
  ].join('\n')
}
