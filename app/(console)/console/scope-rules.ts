import { type ScopeRules, scopeRulesOf } from '#lib/console'
import { connectors } from '#runtime'

/** Which scopes serve signing in, and which carry others: what no tool ever asks for is not "granted and unused". */
export const scopeRules: ScopeRules = scopeRulesOf(connectors)
