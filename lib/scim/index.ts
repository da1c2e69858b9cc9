import type { Origin } from '#lib/audit'
import { noteScimTokenUsed, type ScimCaller } from '#lib/identity'
import { resourceTypes, schemas, serviceProviderConfig } from './discovery.ts'
import { answerOf, errorAnswer, notThere, ScimError } from './error.ts'
import { createGroup, deleteGroup, getGroup, listGroups, patchGroup, replaceGroup } from './groups.ts'
import { listResponse } from './list.ts'
import { type Operation, readOperations } from './patch.ts'
import type { People, Place } from './place.ts'
import { type Projection, readProjection } from './project.ts'
import { groupSchema, isObject, type Json, userSchema } from './shape.ts'
import { createUser, deleteUser, getUser, listUsers, patchUser, replaceUser } from './users.ts'

export { mediaType, problemAnswer } from './error.ts'

/** A request whose body has been read; `body` is absent where there is none. */
export type Asked = {
  method: string
  /** What of the address stands behind `/scim/v2/`. */
  path: readonly string[]
  query: URLSearchParams
  body: unknown
}

type Resources = {
  schema: string
  list: (place: Place, query: URLSearchParams, projection: Projection) => Promise<Json>
  get: (place: Place, id: string, projection: Projection) => Promise<Json>
  create: (place: Place, body: Json) => Promise<string>
  replace: (place: Place, id: string, body: Json) => Promise<void>
  patch: (place: Place, id: string, operations: readonly Operation[]) => Promise<void>
  remove: (place: Place, id: string) => Promise<void>
}

const resources: ReadonlyMap<string, Resources> = new Map([
  [
    'Users',
    {
      schema: userSchema,
      list: listUsers,
      get: getUser,
      create: createUser,
      replace: replaceUser,
      patch: patchUser,
      remove: deleteUser,
    },
  ],
  [
    'Groups',
    {
      schema: groupSchema,
      list: listGroups,
      get: getGroup,
      create: createGroup,
      replace: replaceGroup,
      patch: patchGroup,
      remove: deleteGroup,
    },
  ],
])

const notAllowed = (allow: string): Response => {
  const refused = errorAnswer(new ScimError(405, null, `Use ${allow}.`))
  refused.headers.set('allow', allow)
  return refused
}

/** @throws ScimError `invalidSyntax` for what is no object, or an object of another schema */
function objectOf(body: unknown, schema: string | null): Json {
  if (!isObject(body)) throw new ScimError(400, 'invalidSyntax', 'The body is a JSON object.')
  const said = Object.entries(body).find(([name]) => name.toLowerCase() === 'schemas')?.[1]
  const wanted = schema?.toLowerCase()
  if (
    wanted &&
    said !== undefined &&
    !(Array.isArray(said) && said.some((one) => String(one).toLowerCase() === wanted))
  )
    throw new ScimError(400, 'invalidSyntax', `schemas must name ${schema}.`)
  return body
}

function discover({ method, path: [kind, id], query }: Asked, base: string): Response {
  if (method !== 'GET') return notAllowed('GET')
  // RFC 7644 §4: these are never filtered.
  if (query.has('filter')) throw new ScimError(403, null, 'This is not filtered.')
  if (kind === 'ServiceProviderConfig' && id === undefined) return answerOf(serviceProviderConfig(base))
  const all = kind === 'Schemas' ? schemas(base) : kind === 'ResourceTypes' ? resourceTypes(base) : null
  if (all === null) throw notThere()
  if (id === undefined) return answerOf(listResponse(all, all.length, 1))
  const one = all.find((resource) => String(resource.id).toLowerCase() === id.toLowerCase())
  if (!one) throw notThere()
  return answerOf(one)
}

async function manage(place: Place, kind: Resources, asked: Asked): Promise<Response> {
  const { method, path, query, body } = asked
  const projection = readProjection(query)
  const id = path[1]
  if (id === undefined) {
    if (method === 'GET') return answerOf(await kind.list(place, query, projection))
    if (method !== 'POST') return notAllowed('GET, POST')
    const made = await kind.create(place, objectOf(body, kind.schema))
    const resource = await kind.get(place, made, projection)
    return answerOf(resource, 201, { location: `${place.base}/${path[0]}/${made}` })
  }
  switch (method) {
    case 'GET':
      return answerOf(await kind.get(place, id, projection))
    case 'PUT':
      await kind.replace(place, id, objectOf(body, kind.schema))
      return answerOf(await kind.get(place, id, projection))
    case 'PATCH':
      await kind.patch(place, id, readOperations(objectOf(body, null)))
      // A group may have more members than anybody wants to be answered with.
      if (kind.schema === groupSchema && !query.has('attributes')) return answerOf(null, 204)
      return answerOf(await kind.get(place, id, projection))
    case 'DELETE':
      await kind.remove(place, id)
      return answerOf(null, 204)
    default:
      return notAllowed('GET, PUT, PATCH, DELETE')
  }
}

/**
 * SCIM 2.0 (RFC 7643, RFC 7644) for the end users of the org that a token is of, and the groups that its ceilings are
 * set for.
 * @param publicUrl where this deployment is
 */
export const createScim = (people: People, publicUrl: () => string) => ({
  async answer(caller: ScimCaller, asked: Asked, origin: Origin): Promise<Response> {
    const tenant = caller.reach
    const place = { people, tenant, caller, origin, base: `${publicUrl()}/scim/v2` }
    await noteScimTokenUsed(tenant, caller.tokenId)
    try {
      const kind = resources.get(asked.path[0] ?? '')
      if (asked.path.length > 2) throw notThere()
      return await (kind ? manage(place, kind, asked) : discover(asked, place.base))
    } catch (error) {
      if (error instanceof ScimError) return errorAnswer(error)
      throw error
    }
  },
})
