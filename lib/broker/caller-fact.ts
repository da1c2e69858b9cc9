import { actorOf } from '#lib/identity'
import { type IdKind, publicId } from '#lib/ids'
import type { Caller, CallFacts } from '#lib/proof'

const kinds: Readonly<Record<string, IdKind>> = {
  agent: 'agent',
  api_key: 'api_key',
  end_user: 'end_user',
  member: 'member',
  sso: 'sso_key',
}
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Who calls, as policies name them: by the id of the API, not by that of the database. */
export const callerFact = (caller: Caller): CallFacts['caller'] => published(actorOf(caller))

/** Facts as they are recorded now: those of before named their caller by the id of the database, and no actors. */
export const factsOfNow = (
  recorded: Omit<CallFacts, 'actors'> & { actors?: readonly string[] },
): CallFacts => ({
  ...recorded,
  caller: published(recorded.caller),
  actors: recorded.actors ?? (recorded.agent ? [recorded.agent.id] : []),
})

function published({ type, id }: CallFacts['caller']): CallFacts['caller'] {
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  return { type, id: kind !== undefined && uuid.test(id) ? publicId(kind, id) : id }
}
