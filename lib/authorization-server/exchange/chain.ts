import { errors } from 'oidc-provider'
import type { AuthorizationDetail } from '#lib/scopes/schema'
import { resourceScopes } from '../scopes.ts'
import { narrower } from './narrower.ts'

// What comes out of an exchange is never more than what went in: fewer scopes, a narrower resource, a shorter time, and one
// more agent who answers for it. Pure.

/** Whose authority is exchanged, as it was proven. */
export type Subject = {
  /** `usr_…`, or `ag_…` for an agent's own. */
  sub: string
  /** Agents that it went through before, the nearest first; an agent's own authority ends with that agent. */
  actors: readonly string[]
  /** The most that there is to lend; `null` for every scope. */
  scopes: readonly string[] | null
  /** The resource that it is good at; `null` for any. */
  resource: string | null
  authorizationDetails: readonly AuthorizationDetail[] | null
  /** In seconds since 1970; `null` where it does not end what comes of it. */
  expiresAt: number | null
  /** The only one who may act; `null` for whoever is let in. */
  mayAct: string | null
}

export type Wanted = {
  /** `ag_…` of the agent that asks, which has proven itself. */
  agent: string
  scopes: readonly string[]
  authorizationDetails: readonly AuthorizationDetail[] | null
}

export type Exchanged = {
  /** `null` where the agent acts for itself. */
  user: string | null
  /** Agents in between, the nearest to the caller first. */
  via: string[]
  scopes: string[]
  authorizationDetails: readonly AuthorizationDetail[] | null
}

/**
 * Who acts for whom afterwards, and with what.
 * @param depthMax how many agents there may be, the one that asks included
 * @throws OAuth errors `invalid_request`, `invalid_scope`, `invalid_authorization_details`
 * @see RFC 8693 §2.2.2 and §4.1
 */
export function exchanged(subject: Subject, wanted: Wanted, depthMax: number): Exchanged {
  const { agent } = wanted
  if (subject.mayAct !== null && subject.mayAct !== agent)
    throw new errors.InvalidRequest('the subject_token says that another may act')
  const passedOn = subject.actors.length > 0 && subject.actors[0] !== agent
  // It would be good once for each of them.
  if (passedOn && subject.authorizationDetails?.some(({ jti }) => jti !== undefined))
    throw new errors.InvalidAuthorizationDetails('what is good for one call is not passed on')
  return {
    ...chained(subject, agent, depthMax),
    scopes: scopesOf(subject, wanted.scopes),
    authorizationDetails: detailsOf(subject, wanted.authorizationDetails),
  }
}

function chained({ sub, actors }: Subject, agent: string, depthMax: number): Pick<Exchanged, 'user' | 'via'> {
  // Whoever exchanges its own token takes no step further.
  const before = actors[0] === agent ? actors.slice(1) : actors
  if (before.includes(agent)) throw new errors.InvalidRequest('this agent passed the authority on before')
  if (before.length + 1 > depthMax)
    throw new errors.InvalidRequest(`no more than ${depthMax} agents may act one for another`)
  const own = sub === agent
  return { user: own ? null : sub, via: before.filter((name) => name !== sub) }
}

function scopesOf({ scopes: most }: Subject, asked: readonly string[]): string[] {
  const known: readonly string[] = resourceScopes
  const there = most === null ? known : known.filter((scope) => most.includes(scope))
  const usual = most === null ? ['tools:read', 'tools:write'] : there
  const wanted = asked.length > 0 ? asked : usual
  const beyond = wanted.find((scope) => !there.includes(scope))
  if (beyond !== undefined) throw new errors.InvalidScope('more than the subject_token was given', beyond)
  if (wanted.length === 0) throw new errors.InvalidScope('the subject_token has no scope to lend', '')
  return [...new Set(wanted)]
}

function detailsOf(
  { authorizationDetails: most }: Subject,
  asked: readonly AuthorizationDetail[] | null,
): readonly AuthorizationDetail[] | null {
  if (asked === null || most === null) return asked ?? most
  const beyond = asked.some((detail) => !most.some((one) => narrower(detail, one)))
  if (beyond) throw new errors.InvalidAuthorizationDetails('more than the subject_token was given')
  return asked
}
