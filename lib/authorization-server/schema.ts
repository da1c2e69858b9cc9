import type { Risk } from '#lib/connector-kit/schema'
import type { AskingClient } from './interaction.ts'

/** One account that a person may let a client use. */
export type OfferedAccount = {
  /** `ca_…` */
  id: string
  connector: { id: string; name: string }
  label: string
  /** What can be done with it, mildest first. */
  groups: readonly {
    risk: Risk
    title: string
    /** In the words of its permissions. */
    does: readonly string[]
    tools: readonly { name: string; title: string }[]
  }[]
}

/** What the consent screen of a client shows. */
export type AuthorizeView = {
  client: AskingClient
  organization: string
  /** Who is signed in, as they know themselves. */
  person: string
  /** An admin does not let it in. */
  blocked: boolean
  accounts: readonly OfferedAccount[]
  /** Tools that it could use, and that are others now than they were when this person agreed to them. */
  changed: readonly { name: string; title: string }[]
  /** Whether the person can connect an account from here: what they finish is proven by a code mailed to them. */
  connects: boolean
  /** Whether it asks for anything to be done with accounts. */
  asksForTools: boolean
  /** What it may see beside, in whole sentences. */
  also: readonly string[]
  /** What it narrowed itself to (RFC 9396), by the place among the params. */
  limits: readonly { place: string; says: string }[]
  durations: readonly { value: string; title: string; chosen: boolean }[]
}

/** How a person may prove who they are. */
export type SignInView = {
  client: AskingClient
  /** `null` where the resource is every org's. */
  organization: string | null
  /** Whether the product can be asked. */
  product: boolean
  mail: boolean
  state: 'ask' | 'code' | 'choose'
  /** With `choose`: the orgs that know the address that was proven. */
  choices: readonly {
    id: string
    name: string
    /** One that the org has proven to be its own. */
    domain: string | null
    user: string
  }[]
}

/** What the last step on these pages came to. */
export const authorizeSaid = ['nothing', 'wrong', 'shape', 'over', 'no_more', 'changed'] as const
export type AuthorizeSaid = (typeof authorizeSaid)[number]

export type { AskingClient } from './interaction.ts'
