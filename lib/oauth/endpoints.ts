import { type Connector, fieldsAsked, isHostLabel } from '#lib/connector-kit'
import type { AuthConfig } from './auth-configs.ts'

/** What decides the addresses of a provider: the operator's choice, and the labels that a person gave. */
export type Addressed = Pick<AuthConfig, 'baseUrls'> & Partial<Pick<AuthConfig, 'inputs'>>

/** An auth config with the parts of the address that a person gave, such as the subdomain of their workspace. */
export const addressedBy = <Auth extends Addressed>(
  auth: Auth,
  connector: Connector,
  fields: Readonly<Record<string, string>> | undefined,
): Auth & { inputs: Readonly<Record<string, string>> } => ({
  ...auth,
  inputs: {
    ...auth.inputs,
    ...Object.fromEntries(
      fieldsAsked(connector).flatMap(({ name, kind }) => {
        const value = kind === 'subdomain' ? fields?.[name] : undefined
        return value === undefined ? [] : [[name, value]]
      }),
    ),
  },
})

/** Checked once more where an address is made of them: whatever they came through (THREATS.md B2). */
function labelsOf({ inputs = {} }: Addressed): Readonly<Record<string, string>> {
  for (const label of Object.values(inputs)) if (!isHostLabel(label)) throw new Error('not a label of a host')
  return inputs
}

/** The provider's addresses for one auth config: the connector's own, with what an operator pointed elsewhere. */
export const baseUrlsOf = (connector: Connector, auth: Addressed): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...connector.baseUrls, ...auth.baseUrls }).map(([name, url]) => [
      name,
      fill(url, labelsOf(auth)),
    ]),
  )

/** Fills `{name}` in an address of a connector. @throws Error when the connector asks for a name it does not define */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-z][a-z0-9_]*)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for {${name}}`)
    return value.replace(/\/+$/, '')
  })
}

/** An address of the connector's, with its bases and what a person gave of it. @throws Error as `fill` does */
export const urlOf = (
  connector: Connector,
  auth: Addressed,
  template: string,
  more: Readonly<Record<string, string>> = {},
): string => fill(template, { ...labelsOf(auth), ...baseUrlsOf(connector, auth), ...more })

/** The hosts that a connection's credentials may leave for, and no other (THREATS.md B2). */
export const pinnedHosts = (connector: Connector, auth: Addressed): string[] =>
  Object.values(baseUrlsOf(connector, auth)).map((url) => new URL(url).host)
