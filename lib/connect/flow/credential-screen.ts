import { type Connector, type FormField, fieldsAsked, kindFacts, wordsOf } from '#lib/connector-kit'
import { assertLive, type KeptForm, keptForm, openAttempt } from '#lib/consent'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import type { Locale } from '#lib/i18n/schema'
import { publicId } from '#lib/ids'
import { getOrgIn } from '#lib/tenancy'
import { type Deps, type Open, offeredConnector } from '../context.ts'
import type { CredentialScreen } from '../schema.ts'
import type { FlowCookie } from './flow-cookie.ts'

/** The page of ours where a person gives what a connector asks for. @param sessionId internal */
export const credentialsPage = (sessionId: string, connectorId: string): string =>
  `/connect/${publicId('connect_session', sessionId)}/credentials/${connectorId}`

/**
 * The attempt that a browser is to fill a form in for.
 * @throws AppError `bad_request` where it has agreed to nothing yet, or to something else since
 */
export async function formAttempt(deps: Deps, opened: Open, flow: FlowCookie, connectorId: string) {
  const { tenant, session } = opened
  assertLive(session)
  const connector = offeredConnector(deps, session, connectorId)
  if (flow.attempt?.connector !== connectorId || fieldsAsked(connector).length === 0)
    throw new AppError('bad_request', { detail: 'Agree to what is asked first.' })
  const { id: attemptId, state } = flow.attempt
  const claim = { attemptId, state, connector: connectorId, sessionId: session.id }
  return { connector, attempt: await openAttempt(tenant, claim), proofs: flow.attempt }
}

/** What the form shows: what was given before, but never a secret. */
export async function credentialScreen(
  deps: Deps,
  opened: Open,
  flow: FlowCookie,
  connectorId: string,
  locale: Locale,
): Promise<CredentialScreen> {
  const { connector, attempt } = await formAttempt(deps, opened, flow, connectorId)
  const organization = await forOrg(opened.tenant, (tx) => getOrgIn(tx, opened.tenant))
  const kept = keptForm(attempt)
  const { fields: where } = wordsOf(connector, locale)
  return {
    connector: { id: connector.id, name: connector.name },
    organization: organization.name,
    leaves: connector.auth.kind === 'oauth2',
    fields: fieldsAsked(connector).map((field) => ({
      ...fieldView(connector, field, kept),
      where: where[field.name] ?? null,
    })),
    refusal: (kept?.refusal ?? null) as CredentialScreen['refusal'],
  }
}

function fieldView(
  connector: Connector,
  { name, kind, whereUrl, example }: FormField,
  kept: KeptForm | null,
): Omit<CredentialScreen['fields'][number], 'where'> {
  const address =
    kind === 'subdomain' ? Object.values(connector.baseUrls).find((url) => url.includes(`{${name}}`)) : null
  return {
    name,
    kind,
    secret: kindFacts[kind].secret,
    value: kept?.values[name] ?? '',
    kept: kept?.kept.includes(name) ?? false,
    problem: (kept?.problems[name] ?? null) as CredentialScreen['fields'][number]['problem'],
    where_url: whereUrl ?? null,
    example: example ?? null,
    suffix: address ? new URL(address.replace(`{${name}}`, 'x')).host.slice(1) : null,
  }
}
