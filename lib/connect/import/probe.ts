import {
  type Connector,
  isForm,
  isOAuth,
  type OAuthConnector,
  type ProviderAccount,
  type TokenSet,
} from '#lib/connector-kit'
import { AppError, toAppError } from '#lib/errors'
import { log } from '#lib/log'
import {
  type AuthConfig,
  addressedBy,
  callTokenEndpoint,
  type FormRefusal,
  type TokenAnswer,
  testCredentials,
  whoIs,
} from '#lib/oauth'
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

/** As `probe`, for whichever kind of credential the connector takes. @throws AppError as `probe` does */
export async function probeAny(
  deps: Deps,
  tenant: Tenant,
  connector: Connector,
  auth: AuthConfig,
  given: Given,
  beforeRenewal: BeforeRenewal,
): Promise<Probed> {
  const at = addressedBy(auth, connector, given.fields)
  if (isOAuth(connector)) return probe(deps, tenant, connector, at, given, beforeRenewal)
  if (!isForm(connector))
    throw new AppError('internal', {}, { internal: `connector ${connector.id} of no kind` })
  const tested = await testCredentials(deps.egress, connector, at, given.fields ?? {})
  if (tested.kind === 'refused') throw notTaken(connector, tested.why, tested.internal)
  const { accessToken, refreshToken, expiresInSeconds, scopes, fields } = tested.tokens
  const kept = { accessToken, refreshToken, secondsLeft: expiresInSeconds, ...(fields && { fields }) }
  return { ...kept, account: tested.account, failure: null, scopes, rotated: false }
}

function notTaken({ name }: Connector, why: FormRefusal, internal: string): AppError {
  switch (why) {
    case 'credentials_rejected':
      return rejected(`${name} does not take this credential.`, internal)
    case 'permission_missing':
      return rejected(`${name} takes this credential, and does not let it say whose it is.`, internal)
    case 'wrong_address':
      return rejected(`There is nothing of ${name} at that address.`, internal)
    case 'provider_busy':
      return new AppError(
        'upstream_rate_limited',
        { detail: `${name} limits the rate. Try later.` },
        { internal },
      )
    case 'provider_unavailable':
      return new AppError('upstream_error', { detail: `${name} could not be asked just now.` }, { internal })
  }
}

/**
 * Finds out at the provider whether imported tokens work and whose they are; one renewal, where the access token is
 * over and there is something to renew it with.
 * @throws AppError `upstream_rejected` for tokens that the provider takes no longer; `upstream_error`,
 *   `upstream_rate_limited` when it did not say. Nothing of what was given is spent then, unless the text says so
 */
async function probe(
  deps: Deps,
  tenant: Tenant,
  connector: OAuthConnector,
  auth: AuthConfig,
  given: Given,
  beforeRenewal: BeforeRenewal,
): Promise<Probed> {
  if (given.secondsLeft === null || given.secondsLeft > 0) {
    const identity = await whoIs(deps.egress, connector, auth, given, tenant)
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
    ...(given.fields && { fields: given.fields }),
    accessToken: renewed.accessToken,
    refreshToken: renewed.refreshToken ?? given.refreshToken,
    secondsLeft: renewed.expiresInSeconds,
    scopes: renewed.scopes,
    rotated: renewed.refreshToken !== null && renewed.refreshToken !== given.refreshToken,
  }
  try {
    const identity = await whoIs(deps.egress, connector, auth, renewed, tenant)
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
  connector: OAuthConnector,
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
