import { errors } from 'oidc-provider'
import { forOrg, lookupOrg } from '#lib/db'
import { type AgentClient, agentClient } from '#lib/identity'
import { deploymentOrgId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { parseAccount, publicAccount } from '../account.ts'
import { asked } from '../asked.ts'
import { findResource } from '../resources.ts'
import { words } from '../scopes.ts'
import { standingOf } from '../standing.ts'
import { type AccessTokenFacts, accessTokenSeconds } from './claims.ts'

/** What the provider knows of a token that it is about to sign. */
export type ProviderToken = {
  clientId?: string | undefined
  aud?: string | string[] | undefined
  scope?: string | undefined
  jti: string
  rar?: readonly Readonly<Record<string, unknown>>[] | undefined
  jkt?: string | undefined
  'x5t#S256'?: string | undefined
}

const bindingOf = (token: ProviderToken): Pick<AccessTokenFacts, 'cnf'> => {
  if (token.jkt !== undefined) return { cnf: { jkt: token.jkt } }
  const thumbprint = token['x5t#S256']
  return thumbprint === undefined ? {} : { cnf: { 'x5t#S256': thumbprint } }
}

const common = (token: ProviderToken) => ({
  resource: String(token.aud),
  scopes: words(token.scope),
  clientId: token.clientId ?? '',
  jti: token.jti,
  ...(token.rar && { authorizationDetails: token.rar }),
  ...bindingOf(token),
})

/** An agent that acts for nobody but itself. */
export async function ownFacts(token: ProviderToken): Promise<AccessTokenFacts> {
  const agent = await agentClient(token.clientId ?? '')
  if (!agent) throw new errors.InvalidClient('client is not active')
  const { clientId, team, environment } = agent
  const tenant = await orgOf(agent, String(token.aud))
  return {
    ...common(token),
    org: tenant.externalId,
    agent: clientId,
    team,
    environment,
    user: null,
    grantId: null,
  }
}

/** The org that an agent acts in: its own, or the one that an agent of the deployment names and is admitted to. */
export async function orgOf(agent: AgentClient, resource: string): Promise<Tenant> {
  const found = await findResource(resource)
  if (!found) throw new errors.InvalidTarget()
  const named = asked().orgId
  const shared = agent.home.orgId === deploymentOrgId
  const tenant = shared ? await namedOrg(agent, named ?? found.tenant?.externalId ?? null) : agent.home
  if (named !== null && named !== tenant.externalId)
    throw new errors.InvalidTarget('the agent may not act in this organization')
  if (found.tenant && found.tenant.orgId !== tenant.orgId) throw new errors.InvalidTarget()
  if (found.kind === 'toolset' && found.agent && found.agent.id !== agent.agentId)
    throw new errors.InvalidTarget()
  return tenant
}

async function namedOrg(agent: AgentClient, name: string | null): Promise<Tenant> {
  if (name === null)
    throw new errors.InvalidRequest('org_id is required: the agent belongs to no organization')
  const tenant = await lookupOrg(name)
  const admission =
    tenant &&
    (await forOrg(tenant, (tx) =>
      tx.agent_admissions.findFirst({
        where: { org_id: tenant.orgId, agent_org_id: agent.home.orgId, agent_id: agent.agentId },
      }),
    ))
  if (!tenant || !admission) throw new errors.InvalidTarget('the agent may not act in this organization')
  return tenant
}

/** A client that acts for a person who agreed to it. @param consentId internal id of the person's consent */
export async function consentedFacts(
  token: ProviderToken & { accountId?: string | undefined },
  consentId: string | undefined,
): Promise<AccessTokenFacts> {
  const account = parseAccount(token.accountId ?? '')
  const standing = account && consentId !== undefined ? await standingOf(consentId, account) : null
  if (!standing || standing.clientId !== token.clientId)
    throw new errors.InvalidGrant('grant is no longer in force')
  const resource = await findResource(String(token.aud))
  const foreign = resource?.tenant && resource.tenant.orgId !== standing.tenant.orgId
  const another = resource?.kind === 'toolset' && resource.agent && resource.agent.id !== standing.agentId
  if (!resource || foreign || another || standing.resource !== token.aud) throw new errors.InvalidTarget()
  const left = standing.expiresAt
    ? Math.floor((standing.expiresAt.getTime() - Date.now()) / 1000)
    : accessTokenSeconds
  const facts = common(token)
  return {
    ...facts,
    scopes: facts.scopes.filter((scope) => standing.scopes.includes(scope)),
    seconds: Math.max(1, Math.min(accessTokenSeconds, left)),
    org: standing.tenant.externalId,
    agent: standing.agent,
    team: standing.team,
    environment: standing.environment,
    user: publicAccount(token.accountId ?? ''),
    grantId: standing.grantId,
  }
}
