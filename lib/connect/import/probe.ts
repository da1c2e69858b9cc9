import type { Connector, ProviderAccount, TokenSet } from '#lib/connector-kit'
import { AppError, toAppError } from '#lib/errors'
import { log } from '#lib/log'
import { type AuthConfig, callTokenEndpoint, type TokenAnswer, whoIs } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import type { Tokens } from '#lib/vault'
import type { Deps } from '../context.ts'

const deadlineMs = 20_000

export type Given = Tokens & {
  /** Seconds that the access token has left; `null` where it is not known to end. */
  secondsLeft: number | null
}

/** What is worth keeping after the provider was asked. */
export type Probed = Given & {
  /** `null` where the provider renewed the tokens and then did not say whose they are: `failure` says why. */
  account: ProviderAccount | null
  failure: AppError | null
  /** The scopes that the provider named when it renewed them. */
  scopes: readonly string[] | null
  /** Whether what was given may be spent, so that what came back must not be lost. */
  rotated: boolean
}

/** Called before the one call after which the given refresh token may be spent. */
export type BeforeRenewal = () => Promise<void>

/**
 * Finds out at the provider whether imported tokens work and whose they are; one renewal, where the access token is
 * over and there is something to renew it with.
 * @throws AppError `upstream_rejected` for tokens that the provider takes no longer; `upstream_error`,
 *   `upstream_rate_limited` when it did not say. Nothing of what was given is spent then, unless the text says so
 */
export async function probe(
  deps: Deps,
  tenant: Tenant,
  connector: Connector,
  auth: AuthConfig,
  given: Given,
  beforeRenewal: BeforeRenewal,
): Promise<Probed> {
  if (given.secondsLeft === null || given.secondsLeft > 0) {
    const identity = await whoIs(deps.egress, connector, auth, given.accessToken, tenant)
    if (identity.kind === 'account')
      return { ...given, account: identity.account, failure: null, scopes: null, rotated: false }
    if (identity.kind === 'forbidden') throw forbidden(connector)
  }
  if (given.refreshToken === null) {
    throw rejected(
      `${connector.name} takes the access token no longer, and there is no refresh token to renew it with. ` +
        'The user must connect through a connect session.',
      'access token over',
    )
  }
  await beforeRenewal()
  const renewed = await renew(deps, tenant, connector, auth, given.refreshToken)
  const kept = {
    accessToken: renewed.accessToken,
    refreshToken: renewed.refreshToken ?? given.refreshToken,
    secondsLeft: renewed.expiresInSeconds,
    scopes: renewed.scopes,
    rotated: renewed.refreshToken !== null && renewed.refreshToken !== given.refreshToken,
  }
  try {
    const identity = await whoIs(deps.egress, connector, auth, renewed.accessToken, tenant)
    if (identity.kind === 'account') return { ...kept, account: identity.account, failure: null }
    throw identity.kind === 'forbidden'
      ? forbidden(connector)
      : rejected(`${connector.name} refuses the token that it has just renewed.`, 'renewed token refused')
  } catch (thrown) {
    // Where nothing was spent there is nothing to keep.
    if (!kept.rotated) throw thrown
    log.warn({ err: thrown, connector: connector.id }, 'imported tokens renewed, and not identified')
    return { ...kept, account: null, failure: toAppError(thrown) }
  }
}

async function renew(
  deps: Deps,
  tenant: Tenant,
  connector: Connector,
  auth: AuthConfig,
  refreshToken: string,
): Promise<TokenSet> {
  const grant = { grant_type: 'refresh_token' as const, refresh_token: refreshToken }
  const answer = await callTokenEndpoint(deps.egress, connector, tenant, auth, grant, deadlineMs)
  if (answer.kind === 'tokens') return answer.tokens
  throw notRenewed(connector, answer)
}

type Refusal = Exclude<TokenAnswer, { kind: 'tokens' }>

function notRenewed({ name }: Connector, answer: Refusal): AppError {
  const internal = `token endpoint: ${answer.kind} ${answer.errorCode}`
  switch (answer.kind) {
    case 'no_answer':
      return new AppError(
        'upstream_error',
        {
          detail: answer.requestSent
            ? `${name} was asked to renew the tokens, and its answer did not arrive: the refresh token may be spent. ` +
              'Try once more; if it is refused then, the user must connect through a connect session.'
            : `${name} could not be reached. Nothing was spent.`,
        },
        { internal },
      )
    case 'transient':
      return new AppError(
        'upstream_error',
        { detail: `${name} could not renew the tokens just now.` },
        { internal },
      )
    case 'rate_limited':
      return new AppError(
        'upstream_rate_limited',
        { detail: `${name} limits renewals. Try later.` },
        { internal },
      )
    case 'config':
      return rejected(
        `${name} refuses our OAuth client. Tokens can be renewed only by the client that they were issued to: name ` +
          'its auth config in auth_config_id.',
        internal,
      )
    default:
      return rejected(
        `${name} refuses the access token and the refresh token: they are over, or were issued to an OAuth client ` +
          'other than that of the auth config. The user must connect through a connect session.',
        internal,
      )
  }
}

const rejected = (detail: string, internal: string) =>
  new AppError('upstream_rejected', { detail }, { internal })

const forbidden = ({ name }: Connector) =>
  rejected(
    `${name} takes the access token and does not let it say whose it is: it lacks the permission to read its own profile.`,
    'identity forbidden',
  )
