import { createHash } from 'node:crypto'
import { appendAudit, type Origin, originFields } from '#lib/audit'
import type { GrantEvidence } from '#lib/connect'
import { endOfConsent } from '#lib/consent'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import type { Translator } from '#lib/i18n'
import { isAdmittedIn, upsertClientAgentIn } from '#lib/identity'
import { newId, parseId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { pinOf } from '#lib/scopes'
import type { AskingClient, Decision, Interaction } from '../interaction.ts'
import { offlineAccess } from '../scopes.ts'
import type { Offer } from './offers.ts'
import { type AuthorizeScreen, activePersonIn } from './screen.ts'

/** How long a consent for once lasts, in seconds: as long as a code and its token can. */
const onceSeconds = 900

/** What a person chose on the screen, by name. */
export type Chosen = {
  /** The hash of the text that was shown. */
  hash: string
  accounts: readonly { id: string; mode: 'read' | 'all' | 'pick'; tools: readonly string[] }[]
  duration: string
}

/** Which tools of an offer a choice names. @throws AppError `invalid_request` for one that was not offered */
function chosenTools({ tools }: Offer, { mode, tools: picked }: Chosen['accounts'][number]) {
  if (mode === 'all') return tools
  if (mode === 'read') return tools.filter(({ effect }) => effect === 'read')
  const chosen = tools.filter(({ name }) => picked.includes(name))
  if (chosen.length !== new Set(picked).size) throw new AppError('invalid_request', { param: 'tools' })
  return chosen
}

type Lent = { offer: Offer; tools: Offer['tools'] }

/** @throws AppError `invalid_request`, with `scopes` where nothing at all was chosen */
function lentBy(screen: AuthorizeScreen, chosen: Chosen): Lent[] {
  const lent = chosen.accounts.map((choice): Lent => {
    const offer = screen.offers.find(
      ({ accountId }) => publicId('connected_account', accountId) === choice.id,
    )
    if (!offer) throw new AppError('invalid_request', { param: 'accounts' })
    return { offer, tools: chosenTools(offer, choice) }
  })
  const some = lent.filter(({ tools }) => tools.length > 0 || !screen.view.asksForTools)
  // Who has nothing to lend lets it in all the same: it asks for an account when it needs one.
  if (some.length === 0 && screen.offers.length > 0)
    throw new AppError('invalid_request', { param: 'scopes' })
  return some
}

/** The scopes that are left of those asked for: none that nothing chosen needs. */
function scopesLeft(interaction: Interaction, lent: readonly Lent[], duration: string): string[] {
  const effects = lent.flatMap(({ tools }) => tools.map(({ effect }) => effect))
  const nothingYet = lent.length === 0
  return interaction.scopes.filter((scope) => {
    if (scope === 'tools:write') return nothingYet || effects.some((effect) => effect !== 'read')
    if (scope === 'tools:read') return nothingYet || effects.length > 0
    return scope !== offlineAccess || duration !== 'once'
  })
}

/** @throws AppError `invalid_request` for a time that was not offered */
function endOf({ view }: AuthorizeScreen, duration: string): Date | null {
  if (!view.durations.some(({ value }) => value === duration))
    throw new AppError('invalid_request', { param: 'duration' })
  if (duration === 'once') return new Date(Date.now() + onceSeconds * 1000)
  return endOfConsent(new Date(), duration === 'open' ? null : Number(duration))
}

/**
 * Lets a client in: writes the consent, with the text that was agreed to, and the agent that the client is here.
 * @throws AppError `conflict` where something else would be agreed to than was shown; `invalid_request` for a choice
 *   that was not offered, or of nothing; `forbidden` for a client that an admin has blocked
 */
export async function letIn(
  interaction: Interaction,
  screen: AuthorizeScreen,
  chosen: Chosen,
  t: Translator,
  origin: Origin,
): Promise<Decision & { kind: 'consented' }> {
  if (screen.view.blocked) throw new AppError('forbidden')
  if (chosen.hash !== screen.hash) throw new AppError('conflict', { param: 'hash' })
  const lent = lentBy(screen, chosen)
  const expiresAt = endOf(screen, chosen.duration)
  const scopes = scopesLeft(interaction, lent, chosen.duration)
  const { tenant, account, offers } = screen
  const { client } = interaction
  const id = newId()
  await forOrg(tenant, async (tx) => {
    const person = await activePersonIn(tx, tenant, account.userId)
    const agent = await agentOfIn(tx, tenant, client)
    const tools = Object.fromEntries(
      lent.map(({ offer, tools: some }) => [
        offer.accountId,
        Object.fromEntries(some.map((tool) => [tool.name, pinOf(tool)])),
      ]),
    )
    await tx.agent_grants.create({
      data: {
        org_id: tenant.orgId,
        id,
        agent_org_id: agent.orgId,
        agent_id: agent.agentId,
        user_id: account.userId,
        client_id: client.clientId,
        oauth_grant_id: publicId('agent_grant', id),
        resource: interaction.resource,
        scopes,
        account_ids: lent.map(({ offer }) => offer.accountId),
        tools,
        evidence: evidenceOf(screen, client, lent, { duration: chosen.duration, offers }, t),
        expires_at: expiresAt,
      },
    })
    const facts = {
      agent_grant_id: publicId('agent_grant', id),
      agent_id: publicId('agent', agent.agentId),
      user_id: person.external_id,
    }
    await appendAudit(tx, tenant, {
      action: 'agent_grant.created',
      outcome: 'allowed',
      actor: { type: 'end_user', id: account.userId },
      user_id: person.external_id,
      agent_id: facts.agent_id,
      scopes_required: interaction.scopes,
      scopes_granted: scopes,
      details: {
        agent_grant_id: facts.agent_grant_id,
        client_id: client.clientId,
        redirect_host: client.redirectHost,
        resource: interaction.resource,
        accounts: lent.length,
        expires_at: expiresAt?.toISOString() ?? null,
      },
      ...originFields(origin),
    })
    await emit(tx, tenant, 'agent_grant.created', {
      ...facts,
      client_id: client.clientId,
      scopes,
      connected_account_ids: lent.map(({ offer }) => publicId('connected_account', offer.accountId)),
      expires_at: expiresAt?.toISOString() ?? null,
    })
  })
  return { kind: 'consented', grantId: id, scopes, expiresAt }
}

/** The agent that a client is in this org. @throws AppError `forbidden` for one that is blocked, or another org's */
async function agentOfIn(
  tx: Tx,
  tenant: Tenant,
  { kind, clientId, name }: AskingClient,
): Promise<{ orgId: string; agentId: string }> {
  if (kind !== 'agent') return upsertClientAgentIn(tx, tenant, { clientId, name })
  const internal = parseId('agent', clientId)
  // Row-level security shows the org's own agents and the deployment's.
  const row = internal && (await tx.agents.findFirst({ where: { id: internal, disabled_at: null } }))
  if (!row) throw new AppError('forbidden', { detail: 'This client may not be used in this organization.' })
  if (!(await isAdmittedIn(tx, tenant, row)))
    throw new AppError('forbidden', { detail: 'This client may not be used in this organization.' })
  return { orgId: row.org_id, agentId: row.id }
}

/** What is kept: the text, what the client was known by, what was chosen and what was left. */
function evidenceOf(
  screen: AuthorizeScreen,
  client: AskingClient,
  lent: readonly Lent[],
  { duration, offers }: { duration: string; offers: readonly Offer[] },
  t: Translator,
): GrantEvidence {
  const title = screen.view.durations.find(({ value }) => value === duration)?.title ?? duration
  const chosen = lent.map(({ offer, tools }) =>
    ['✓', offer.connector.name, offer.label, ...tools.map(({ name }) => name)].join(' · '),
  )
  const text = [screen.text, ...chosen, `✓ · ${title}`, t('authorize.allow')].join('\n')
  const left = offers.map((offer) => {
    const kept = lent.find((one) => one.offer === offer)?.tools ?? []
    const names = offer.tools.filter((tool) => !kept.includes(tool)).map(({ name }) => name)
    return [publicId('connected_account', offer.accountId), names] as const
  })
  return {
    text,
    hash: createHash('sha256').update(text).digest('hex'),
    locale: t.locale,
    client: {
      kind: client.kind,
      name: client.name,
      uri: client.uri,
      redirect_host: client.redirectHost,
      local: client.local,
    },
    left_out: Object.fromEntries(left.filter(([, names]) => names.length > 0)),
  }
}
