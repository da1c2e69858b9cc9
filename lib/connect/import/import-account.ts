import canonicalize from 'canonicalize'
import { appendAudit, type Origin, originFields } from '#lib/audit'
import { earlierImportIn, getAccount } from '#lib/consent'
import type { ConnectedAccount, ImportInput } from '#lib/consent/schema'
import { forOrg, type Tx } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { actorOf, resolveAgentsIn } from '#lib/identity'
import { parseId, publicId } from '#lib/ids'
import { log } from '#lib/log'
import { type AuthConfig, findAuthConfigIn } from '#lib/oauth'
import type { Caller, Tenant } from '#lib/proof'
import { ensureOrg, tenantFrom } from '#lib/tenancy'
import { orgHmacOf, prepareOrgKeys } from '#lib/vault'
import { connectorOf, type Deps } from '../context.ts'
import { refresh } from '../renewal/upkeep.ts'
import { claimImport } from './claim.ts'
import { givenCredentials, refusedField } from './given.ts'
import { type Given, type Probed, probeAny } from './probe.ts'
import { type Marks, storeImport } from './store.ts'

export type Imported = {
  account: ConnectedAccount
  /** `already` where the same request had been carried out before. */
  outcome: 'imported' | 'already'
}

/**
 * Takes over credentials that a user gave to another system. The provider says whether they work and whose they are;
 * what it answers to a renewal is kept whatever comes after. The same request again answers the same account.
 * @throws AppError `invalid_request` for what could never be imported; `upstream_rejected` for tokens that the provider
 *   takes no longer; `conflict` for tokens that were imported before under other terms; `idempotency_in_progress`;
 *   `upstream_error`, `upstream_rate_limited`. No text holds a token, or a word of the provider's
 */
export async function importAccount(
  deps: Deps,
  caller: Caller,
  input: ImportInput,
  origin: Origin,
): Promise<Imported> {
  const given = givenCredentials(deps, input)
  const tenant = input.org_id
    ? await ensureOrg(caller, input.org_id, prepareOrgKeys)
    : await tenantFrom(caller, undefined)
  const auth = await rehearse(deps, tenant, caller, input)
  const marks = await marksOf(tenant, input, auth)
  const earlier = await earlierImport(deps, tenant, caller, input, marks, origin)
  if (earlier) return earlier
  const claim = await claimImport(tenant, marks.token)
  try {
    // Whoever held the claim a moment ago may have brought it to its end.
    const meanwhile = await earlierImport(deps, tenant, caller, input, marks, origin)
    if (meanwhile) return meanwhile
    const connector = connectorOf(deps, input.connector)
    const probed =
      input.validate === 'skip'
        ? unprobed(given)
        : await probeAny(deps, tenant, connector, auth, given, claim.renewing).catch((error: unknown) => {
            throw claim.interrupted ? interrupted(error) : error
          })
    const account = await storeImport({ deps, tenant, caller, origin, input, connector, auth, marks, probed })
    if (probed.failure) throw keptUnverified(connector.name, account, probed.failure)
    return { account, outcome: 'imported' }
  } catch (error) {
    await failed(tenant, caller, input, error, origin)
    throw error
  } finally {
    await claim.release().catch((err: unknown) => log.warn({ err }, 'import claim not released: it runs out'))
  }
}

/**
 * Looks at all of an import that can be looked at without asking the provider, and changes nothing.
 * @throws AppError `invalid_request`, `not_found`
 */
export async function checkImport(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  input: ImportInput,
): Promise<void> {
  givenCredentials(deps, input)
  await rehearse(deps, tenant, caller, input)
}

const takenBack = Symbol('taken back')

/** Tries what will be written once the provider has answered, and takes it back: a refusal must come before. */
async function rehearse(deps: Deps, tenant: Tenant, caller: Caller, input: ImportInput): Promise<AuthConfig> {
  let found: AuthConfig | null = null
  await forOrg(tenant, async (tx) => {
    found = await authConfigIn(tx, tenant, deps, input)
    await resolveAgentsIn(tx, tenant, input.agents, caller)
    throw takenBack
  }).catch((error: unknown) => {
    if (error !== takenBack) throw error
  })
  if (!found) throw new Error('rehearsal ended without a client')
  return found
}

async function authConfigIn(tx: Tx, tenant: Tenant, deps: Deps, input: ImportInput): Promise<AuthConfig> {
  const { name } = connectorOf(deps, input.connector)
  if (input.auth_config_id === undefined) {
    const found = await findAuthConfigIn(tx, tenant, input.connector)
    if (found) return found
    throw refusedField(
      'connector',
      'has no auth config',
      `${name} is not set up here: POST /api/v1/auth_configs with the OAuth client that the tokens were issued to.`,
    )
  }
  const id = parseId('auth_config', input.auth_config_id)
  const found = id && (await findAuthConfigIn(tx, tenant, input.connector, id))
  if (found) return found
  throw refusedField(
    'auth_config_id',
    'is no auth config of this connector',
    `auth_config_id is no active auth config of ${name} that this organization may use.`,
  )
}

const canonicalText = (value: unknown): string => canonicalize(value) ?? ''

async function marksOf(tenant: Tenant, input: ImportInput, auth: AuthConfig): Promise<Marks> {
  const { tokens, api_key, fields, connector, scopes, agents, purpose, external_reference } = input
  const hmac = await orgHmacOf(tenant)
  return {
    token: hmac(
      'import_token',
      tokens ? (tokens.refresh_token ?? tokens.access_token) : canonicalText({ api_key, fields }),
    ),
    request: hmac(
      'import_request',
      JSON.stringify(
        [connector, auth.id, scopes, agents, purpose, external_reference].map((part) => part ?? null),
      ),
    ),
  }
}

/** What became of the same tokens before: an import is never carried out twice. */
async function earlierImport(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  input: ImportInput,
  marks: Marks,
  origin: Origin,
): Promise<Imported | null> {
  const facts = { userId: input.user_id, connector: input.connector, ...marks }
  const found = await forOrg(tenant, (tx) => earlierImportIn(tx, tenant, facts))
  if (!found) return null
  if (!found.sameRequest) {
    throw new AppError('conflict', {
      detail:
        `These tokens were imported before, as ${publicId('connected_account', found.accountId)}, under other terms, and ` +
        'may have been renewed since. To change what was agreed, the user connects that account again.',
    })
  }
  const account =
    found.status === 'unverified' && input.validate === 'probe'
      ? await refresh(deps, tenant, caller, found.accountId, origin)
      : await getAccount(tenant, found.accountId)
  return { account, outcome: 'already' }
}

const unprobed = (given: Given): Probed => ({
  ...given,
  account: null,
  failure: null,
  scopes: null,
  rotated: false,
})

function keptUnverified(name: string, account: ConnectedAccount, failure: AppError): AppError {
  return new AppError(
    failure.code,
    {
      detail:
        `${name} renewed the tokens, and then did not say whose they are. The renewed ones are kept in ${account.id}, ` +
        `unverified: POST /api/v1/connected_accounts/${account.id}/refresh asks again. Those in the request may be spent.`,
      retryable: false,
    },
    { cause: failure },
  )
}

/** Says what an operator could otherwise not explain: tokens that were good when the first attempt began. */
function interrupted(thrown: unknown): AppError {
  const error = toAppError(thrown)
  return new AppError(
    error.code,
    {
      ...error.facts,
      detail:
        `${error.facts.detail ?? error.message} An earlier import of the same tokens asked for a renewal and was ` +
        'interrupted before it could keep the answer: the refresh token may have been spent then.',
    },
    { cause: error },
  )
}

async function failed(
  tenant: Tenant,
  caller: Caller,
  input: ImportInput,
  thrown: unknown,
  origin: Origin,
): Promise<void> {
  const { code } = toAppError(thrown)
  await forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: 'connected_account.import_failed',
      outcome: 'failed',
      actor: actorOf(caller),
      user_id: input.user_id,
      error_code: code,
      details: { connector: input.connector, external_reference: input.external_reference ?? null },
      ...originFields(origin),
    }),
  ).catch((err: unknown) => log.error({ err, code }, 'failed import not audited'))
}
