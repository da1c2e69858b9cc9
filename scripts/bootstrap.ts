// What an instance needs to be usable and only a first start can make: an admin, a key, and with the practice
// provider our client there and the demo's org. Safe to run at every start: what exists is left alone.
import { appendAudit } from '#lib/audit'
import { config } from '#lib/config'
import { isForm } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { createApiKeyIn, ensureApiKeyIn, issueSignInLinkIn, systemCaller } from '#lib/identity'
import { createAuthConfig, ensureFormConfigs, listAuthConfigs } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { changeOrgIn, deploymentTenant, ensureOrg } from '#lib/tenancy'
import { prepareOrgKeys } from '#lib/vault'
import { connectors, demoOrg, demoSecret } from '#runtime'

/** What the first start makes. Each is present only in the start that made it, except the sandbox's clients. */
export type Bootstrapped = {
  /** One-time console sign-in link of the first admin. */
  adminSignInUrl?: string
  /** The first secret key, in clear for the only time. */
  secretKey?: string
  /** Our OAuth clients at the practice provider, for it to register. */
  sandboxClients?: {
    client_id: string
    client_secret: string
    redirect_uris: string[]
    client_name?: string
  }[]
}

const caller = systemCaller('bootstrap')
const clientId = 'behalf'

const record = (tx: Tx, tenant: Tenant, action: string) =>
  appendAudit(tx, tenant, { action, outcome: 'allowed', actor: { type: 'system', id: 'bootstrap' } })

/** A sign-in link at every start until someone has signed in once; from then on the command line issues them. */
async function firstAdmin(deployment: Tenant): Promise<string | undefined> {
  return forOrg(deployment, async (tx) => {
    const used = await tx.sign_in_links.findFirst({
      where: { org_id: deployment.orgId, used_at: { not: null } },
    })
    if (used) return undefined
    const token = await issueSignInLinkIn(tx, deployment, 'admin@localhost', 'owner')
    await record(tx, deployment, 'member.sign_in_link_issued')
    return `${config().publicUrl}/console/sign-in#token=${token}`
  })
}

async function firstKey(deployment: Tenant): Promise<string | undefined> {
  return forOrg(deployment, async (tx) => {
    if (await tx.api_keys.findFirst({ where: { org_id: deployment.orgId } })) return undefined
    const { secret } = await createApiKeyIn(tx, deployment, { name: 'First key', roles: [] })
    await record(tx, deployment, 'api_key.created')
    return secret
  })
}

/** Our client at the practice provider; where that runs is for each process to say (`runtime/composition.ts`). */
async function practiceClient(deployment: Tenant, secret: string): Promise<Bootstrapped['sandboxClients']> {
  const [existing] = await listAuthConfigs(deployment, { connector: 'sandbox' }, null, 1)
  const input = {
    connector: 'sandbox',
    name: 'Practice provider',
    client_id: clientId,
    client_secret: secret,
  }
  const auth =
    existing ??
    (await createAuthConfig(deployment, caller, input, {}, (tx) =>
      record(tx, deployment, 'auth_config.created'),
    ))
  return [
    { client_id: clientId, client_secret: secret, redirect_uris: [auth.redirect_uri], client_name: 'Behalf' },
  ]
}

/** The org of the demo's product, with the origins that its pages are served from. */
async function demo(sandboxOrigin: string): Promise<void> {
  const { publicUrl, port } = config()
  const tenant = await ensureOrg(caller, demoOrg, prepareOrgKeys)
  const origins = [
    new URL(sandboxOrigin).origin,
    publicUrl,
    `http://127.0.0.1:${port}`,
    `http://localhost:${port}`,
  ]
  await forOrg(tenant, async (tx) => {
    await changeOrgIn(tx, tenant, { name: 'Northwind', origins: [...new Set(origins)] })
    await ensureApiKeyIn(tx, tenant, { name: 'Demo product', secret: demoSecret() })
  })
}

/** @returns what has to be shown once, and our clients for the practice provider to register */
export async function bootstrap(): Promise<Bootstrapped> {
  const deployment = deploymentTenant(caller)
  const adminSignInUrl = await firstAdmin(deployment)
  const secretKey = await firstKey(deployment)
  const { sandbox } = config()
  const secret = process.env.BEHALF_SANDBOX_CLIENT_SECRET
  const sandboxClients = sandbox && secret ? await practiceClient(deployment, secret) : undefined
  if (sandbox) await demo(sandbox.demoUrl)
  // What needs no client of ours can be connected from the first day, until an operator says otherwise.
  const forms = Object.values(connectors).filter(
    (connector) => isForm(connector) && (sandbox || !connector.unlisted),
  )
  await ensureFormConfigs(
    forms.map(({ id }) => id),
    (tx, owner) => record(tx, owner, 'auth_config.created'),
  )
  return {
    ...(adminSignInUrl && { adminSignInUrl }),
    ...(secretKey && { secretKey }),
    ...(sandboxClients && { sandboxClients }),
  }
}
