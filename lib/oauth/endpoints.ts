import type { Connector } from '#lib/connector-kit'
import type { AuthConfig } from './auth-configs.ts'

/** The provider's addresses for one auth config: the connector's own, with what an operator pointed elsewhere. */
export const baseUrlsOf = (
  connector: Connector,
  auth: Pick<AuthConfig, 'baseUrls'>,
): Record<string, string> => ({
  ...connector.baseUrls,
  ...auth.baseUrls,
})

/** Fills `{name}` in an address of a connector. @throws Error when the connector asks for a name it does not define */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-z][a-z0-9_]*)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for {${name}}`)
    return value.replace(/\/+$/, '')
  })
}

/** The hosts that a connection's credentials may leave for, and no other (THREATS.md B2). */
export const pinnedHosts = (connector: Connector, auth: Pick<AuthConfig, 'baseUrls'>): string[] =>
  Object.values(baseUrlsOf(connector, auth)).map((url) => new URL(url).host)
