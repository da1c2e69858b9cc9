import type { ErrorRules } from './classify.ts'
import type { Notices } from './notices.ts'
import type { OAuth2 } from './oauth2.ts'
import type { Risk } from './schema.ts'
import type { Tool } from './tool.ts'

/** One scope in the words of the consent screen. */
export type Scope = {
  /** Verb and object, as in "read your repositories". */
  does: string
  /** One thing that it lets an agent do, as in "List the issues assigned to you". */
  example: string
  risk: Risk
  /** What stops working without it; given, the scope is optional and never ticked beforehand. */
  withoutIt?: string
}

export type Connector = {
  id: string
  name: string
  /** One line for the catalogue. */
  summary: string
  /** Origin of the API without a trailing slash, such as `https://api.github.com`. */
  apiBaseUrl: string
  /** What an operator may point elsewhere (`auth_configs.base_urls`), such as `api` or `oauth`, with its default. */
  baseUrls: Readonly<Record<string, string>>
  auth: OAuth2
  scopes: Readonly<Record<string, Scope>>
  /** A scope that carries others, such as `repo` → `public_repo`. */
  implies: Readonly<Record<string, readonly string[]>>
  /** What the provider's token permits beyond what we use, in the words of the consent screen. */
  overGrant: string | null
  apiErrors: ErrorRules
  notices: Notices | null
  tools: Readonly<Record<string, Tool>>
}

type ConnectorFacts = Omit<Connector, 'tools' | 'implies' | 'overGrant' | 'notices'> & {
  implies?: Connector['implies']
  overGrant?: string
  notices?: Notices
  tools: readonly Tool[]
}

/**
 * Defines a provider. Its tools are named `connector.verb_noun`.
 * @throws Error at load when a tool is named wrongly, named twice or asks for a scope without words
 */
export function defineConnector(facts: ConnectorFacts): Connector {
  const tools: Record<string, Tool> = {}
  for (const tool of facts.tools) {
    const name = tool.name
    if (
      !/^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$/.test(name) ||
      name.length > 64 ||
      !name.startsWith(`${facts.id}.`)
    ) {
      throw new Error(`tool ${name} must be named ${facts.id}.verb_noun in at most 64 characters`)
    }
    if (tools[name]) throw new Error(`tool ${name} is defined twice`)
    for (const scope of tool.scopes.flat()) {
      if (!facts.scopes[scope] && !facts.auth.baseScopes.includes(scope)) {
        throw new Error(`tool ${name} needs scope ${scope}, which has no words for the consent screen`)
      }
    }
    tools[name] = tool
  }
  const { implies = {}, overGrant = null, notices = null } = facts
  return { ...facts, implies, overGrant, notices, tools }
}
