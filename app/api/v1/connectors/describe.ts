import type { Connector } from '#lib/connector-kit'

/** A connector as the API describes it. */
export const describe = (connector: Connector) => ({
  id: connector.id,
  name: connector.name,
  summary: connector.summary,
  scopes: Object.entries(connector.scopes).map(([scope, { does, example, risk, withoutIt }]) => ({
    scope,
    does,
    example,
    risk,
    optional: withoutIt !== undefined,
  })),
  tools: Object.keys(connector.tools),
})
