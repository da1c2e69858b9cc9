import { type Connector, fieldsAsked, kindFacts } from '#lib/connector-kit'

/** A connector as the API describes it. */
export const describe = (connector: Connector) => ({
  id: connector.id,
  name: connector.name,
  summary: connector.summary,
  auth: {
    kind: connector.auth.kind,
    fields: fieldsAsked(connector).map(({ name, kind, where, example }) => ({
      name,
      kind,
      masked: kindFacts[kind].secret,
      where: where ?? null,
      example: example ?? null,
    })),
  },
  scopes: Object.entries(connector.scopes).map(([scope, { does, example, risk, withoutIt }]) => ({
    scope,
    does,
    example,
    risk,
    optional: withoutIt !== undefined,
  })),
  tools: Object.keys(connector.tools),
})
