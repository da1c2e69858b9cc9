import { type Answered, type CallOptions, type Connector, refusalOf, type ToolHttp } from '#lib/connector-kit'
import { EgressError } from '#lib/egress'
import { AppError } from '#lib/errors'
import { type AuthConfig, accessHeader, addressedBy, baseUrlsOf, pinnedHosts, urlOf } from '#lib/oauth'
import type { Tokens } from '#lib/vault'
import type { Deps } from '../context.ts'

const deadlineMs = 15_000

/**
 * The provider's API for what a person is shown while they decide: it reads, and does nothing else. No tool of an agent
 * comes through here; those go through the broker.
 */
export function readingHttp(
  deps: Deps,
  connector: Connector,
  config: AuthConfig,
  tokens: Pick<Tokens, 'accessToken' | 'fields'>,
): ToolHttp {
  const auth = addressedBy(config, connector, tokens.fields)
  const readOnly = () => Promise.reject(new Error('a list for a person changes nothing at the provider'))
  const getAnswer = async (path: string, options: Omit<CallOptions, 'json'> = {}): Promise<Answered> => {
    const bases = baseUrlsOf(connector, auth)
    const base =
      options.base === undefined ? urlOf(connector, auth, connector.apiBaseUrl) : bases[options.base]
    const url = new URL(`${base?.replace(/\/+$/, '')}${path}`)
    for (const [name, value] of Object.entries(options.query ?? {}))
      for (const item of [value].flat()) if (item !== undefined) url.searchParams.append(name, String(item))
    try {
      const response = await deps.egress.request({
        purpose: 'provider',
        method: 'GET',
        url,
        hosts: pinnedHosts(connector, auth),
        headers: {
          accept: 'application/json',
          'user-agent': 'behalf',
          ...options.headers,
          ...accessHeader(connector, tokens),
        },
        deadlineMs,
      })
      const text = response.text()
      const body: unknown = JSON.parse(text)
      const { status, headers } = response
      const refusal = refusalOf(connector.apiErrors, { status, headers, body, text })
      if (refusal) throw notShown(connector, `${refusal.is} ${refusal.code}`)
      return { body, header: (name) => headers.get(name) }
    } catch (error) {
      if (error instanceof AppError) throw error
      throw notShown(connector, error instanceof EgressError ? error.kind : 'unreadable')
    }
  }
  return {
    get: async (path, options) => (await getAnswer(path, options)).body,
    getAnswer,
    post: readOnly,
    put: readOnly,
    patch: readOnly,
    delete: readOnly,
    graphql: readOnly,
  }
}

const notShown = (connector: Connector, internal: string) =>
  new AppError(
    'upstream_error',
    { detail: `${connector.name} did not show what there is to pick from.`, retryable: true },
    { internal },
  )
