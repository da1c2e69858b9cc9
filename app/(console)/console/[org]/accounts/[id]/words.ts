import type { ScopeWords } from '#components/console/scope-words'
import type { Connector } from '#lib/connector-kit'

/** The words of a connector's scopes; consents outlive the connector that they were given under. */
export const wordsOf =
  (connector: Connector | undefined) =>
  (scope: string): ScopeWords => {
    const known = connector && Object.hasOwn(connector.scopes, scope) ? connector.scopes[scope] : undefined
    const base = connector?.auth.baseScopes.includes(scope) ? 'tell who you are, or stay connected' : null
    return { scope, does: known?.does ?? base, risk: known?.risk ?? null }
  }
