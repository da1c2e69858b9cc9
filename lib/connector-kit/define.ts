import type { ErrorRules } from './classify.ts'
import type { CredentialForm } from './credential-form.ts'
import type { FormField } from './form-field.ts'
import type { Notices } from './notices.ts'
import type { OAuth2 } from './oauth2.ts'
import type { RateFacts } from './rates.ts'
import type { ResourceKind } from './resources.ts'
import type { Risk } from './schema.ts'
import type { Tool } from './tool.ts'
import type { Blocked, Sample, WordsByLocale } from './words.ts'

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
  /** Offered only where a session names it, and listed nowhere: for practice. */
  unlisted?: true
  /** Origin of the API without a trailing slash, such as `https://api.github.com`. */
  apiBaseUrl: string
  /** What an operator may point elsewhere (`auth_configs.base_urls`), such as `api` or `oauth`, with its default. */
  baseUrls: Readonly<Record<string, string>>
  /** How a person's access is had: through the provider's own consent page, or by a credential that they paste. */
  auth: OAuth2 | CredentialForm
  scopes: Readonly<Record<string, Scope>>
  /** A scope that carries others, such as `repo` → `public_repo`. */
  implies: Readonly<Record<string, readonly string[]>>
  /** What the provider's token permits beyond what we use, in the words of the consent screen. */
  overGrant: string | null
  /** What its token permits and we refuse, one thing each. */
  blocked: Readonly<Record<string, Blocked>>
  /** Why an agent wants a group of scopes, where the product does not say. */
  purposes: Readonly<Partial<Record<Risk, string>>>
  /** Three things to try the choice on before it is made. */
  samples: readonly Sample[]
  /** What a consent can be limited to. */
  resources: Readonly<Record<string, ResourceKind>>
  /** What is said above, in the other languages. */
  words: WordsByLocale
  apiErrors: ErrorRules
  rates: RateFacts
  notices: Notices | null
  tools: Readonly<Record<string, Tool>>
}

/** A connector of the one kind or the other; what works on both takes a `Connector`. */
export type OAuthConnector = Connector & { auth: OAuth2 }
export type FormConnector = Connector & { auth: CredentialForm }

export const isOAuth = (connector: Connector): connector is OAuthConnector => connector.auth.kind === 'oauth2'
export const isForm = (connector: Connector): connector is FormConnector => connector.auth.kind === 'form'

/** What a person is asked for: a credential, or a part of the address before they are sent to the provider. */
export const fieldsAsked = ({ auth }: Connector): readonly FormField[] =>
  auth.kind === 'form' ? auth.fields : auth.asks

const unsaid = { blocked: {}, purposes: {}, samples: [], resources: {}, words: {}, rates: {} } as const

type ConnectorFacts<Auth extends Connector['auth']> = Omit<
  Connector,
  'auth' | 'tools' | 'implies' | 'overGrant' | 'notices' | keyof typeof unsaid
> & {
  auth: Auth
  implies?: Connector['implies']
  overGrant?: string
  blocked?: Connector['blocked']
  purposes?: Connector['purposes']
  samples?: Connector['samples']
  resources?: Connector['resources']
  words?: WordsByLocale
  rates?: RateFacts
  notices?: Notices
  tools: readonly Tool[]
}

/** A person decides one label of a host or of a path, and nothing else of an address (THREATS.md B2). */
function assertAddresses({
  id,
  baseUrls,
  auth,
  apiBaseUrl,
}: Pick<Connector, 'id' | 'baseUrls' | 'auth' | 'apiBaseUrl'>) {
  const asked = auth.kind === 'form' ? auth.fields : auth.asks
  const labels = asked.filter(({ kind }) => kind === 'subdomain').map(({ name }) => name)
  for (const url of Object.values(baseUrls)) {
    const rest = url.replace(
      /^https:\/\/\{([a-z][a-z0-9_]*)\}\.(?=[a-z0-9-]+\.[a-z])/,
      (whole, name: string) => (labels.includes(name) ? 'https://label.' : whole),
    )
    if (rest.includes('{')) throw new Error(`${id}: ${url} takes more from a person than a label of its host`)
  }
  for (const [, name = ''] of apiBaseUrl.matchAll(/\{([a-z][a-z0-9_]*)\}/g)) {
    if (!Object.hasOwn(baseUrls, name) && !labels.includes(name))
      throw new Error(`${id}: ${apiBaseUrl} has no ${name}`)
  }
}

// Models' APIs take 64 characters, and the dot becomes two of them there (lib/broker/formats.ts).
const nameMax = 63

/**
 * Defines a provider. Its tools are named `connector.verb_noun`.
 * @throws Error at load when a tool is named wrongly, named twice or asks for a scope without words
 */
export function defineConnector<Auth extends Connector['auth']>(
  facts: ConnectorFacts<Auth>,
): Connector & { auth: Auth } {
  assertAddresses(facts)
  const tools: Record<string, Tool> = {}
  for (const tool of facts.tools) {
    const name = tool.name
    if (
      !/^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$/.test(name) ||
      name.length > nameMax ||
      !name.startsWith(`${facts.id}.`)
    ) {
      throw new Error(`tool ${name} must be named ${facts.id}.verb_noun in at most ${nameMax} characters`)
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
  return { ...unsaid, ...facts, implies, overGrant, notices, tools }
}
