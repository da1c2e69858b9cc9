import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import { parseAccount } from '../account.ts'
import { askingClient } from '../asking-client.ts'
import { offlineAccess, words } from '../scopes.ts'
import { rememberedConsent, type Standing, standingOf } from '../standing.ts'
import { isUnnarrowed } from '../store/adapter.ts'
import { consentIn } from '../tokens/sign-tokens.ts'
import { resourceOf } from './policy.ts'

type Details = readonly Readonly<Record<string, unknown>>[]

/** What a consent on our page is to the provider: one for every time that a client comes with it. */
export async function grantFor(
  provider: KoaContextWithOIDC['oidc']['provider'],
  facts: { accountId: string; consent: Standing; scopes: readonly string[]; details: Details },
): Promise<Grant> {
  const { accountId, consent, scopes, details } = facts
  const grant = new provider.Grant({ accountId, clientId: consent.clientId })
  grant.addResourceScope(consent.resource, scopes.filter((scope) => scope !== offlineAccess).join(' '))
  for (const detail of details) grant.addRar(detail as never)
  Object.assign(grant, { consentId: consent.grantId, offline: scopes.includes(offlineAccess) })
  if (consent.expiresAt)
    Object.assign(grant, {
      expiresIn: Math.max(1, Math.floor((consent.expiresAt.getTime() - Date.now()) / 1000)),
    })
  await grant.save()
  return grant
}

/**
 * What a person agreed to just now; or agreed to before, where the same client asks for no more and its answer goes to the
 * same host over the net. Anybody may claim to be a client on the person's own machine: there it is asked every time.
 */
export async function loadExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, provider, params, result, session } = ctx.oidc
  const accountId = session?.accountId
  const account = accountId === undefined ? null : parseAccount(accountId)
  if (!account || !client || accountId === undefined) return undefined
  const given = result?.consent?.grantId
  if (given !== undefined) {
    const grant = await provider.Grant.find(given)
    const consent = grant && consentIn(grant)
    if (!grant || grant.accountId !== accountId || grant.clientId !== client.clientId) return undefined
    return consent !== undefined && (await standingOf(consent, account)) ? grant : undefined
  }
  const { redirect_uri: redirectUri, authorization_details: details, behalf_ask: ask } = params ?? {}
  if (typeof redirectUri !== 'string' || details !== undefined || ctx.oidc.prompts.has('consent'))
    return undefined
  const asking = askingClient(client, redirectUri)
  if (asking.local || asking.redirectHost === null) return undefined
  const scopes = [
    ...words(params?.scope as string | undefined),
    ...(ask === 'offline' ? [offlineAccess] : []),
  ]
  const { clientId } = client
  const wanted = { clientId, resource: resourceOf(ctx), scopes, redirectHost: asking.redirectHost }
  const consent = await rememberedConsent(account, wanted)
  if (!consent || !(await isUnnarrowed(consent.grantId))) return undefined
  return grantFor(provider, { accountId, consent, scopes, details: [] })
}
