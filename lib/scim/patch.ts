import { invalidValue, ScimError } from './error.ts'
import { type Filter, matches } from './filter.ts'
import { type Path, readPath } from './path.ts'
import { type Attribute, isObject, type Json, tidy, tidyValue } from './shape.ts'

export type Operation = { op: 'add' | 'replace' | 'remove'; path: string | null; value: unknown }

const operationsMax = 1_000
const schema = 'urn:ietf:params:scim:api:messages:2.0:patchop'

const malformed = (detail: string) => new ScimError(400, 'invalidSyntax', detail)

const member = (object: Json, name: string): unknown =>
  Object.entries(object).find(([key]) => key.toLowerCase() === name)?.[1]

/** The operations of a PATCH (RFC 7644 §3.5.2), `op` in any case as Entra sends it. @throws ScimError `invalidSyntax` */
export function readOperations(body: Json): Operation[] {
  const schemas = member(body, 'schemas')
  if (!Array.isArray(schemas) || !schemas.some((one) => String(one).toLowerCase() === schema))
    throw malformed('A PATCH is a PatchOp message.')
  const operations = member(body, 'operations')
  if (!Array.isArray(operations) || operations.length === 0) throw malformed('A PATCH has Operations.')
  if (operations.length > operationsMax)
    throw new ScimError(400, 'tooMany', `A PATCH has at most ${operationsMax} operations.`)
  return operations.map((given: unknown) => {
    const asked = isObject(given) ? given : {}
    const op = String(member(asked, 'op')).toLowerCase()
    if (op !== 'add' && op !== 'replace' && op !== 'remove')
      throw malformed('An operation is add, replace or remove.')
    const path = member(asked, 'path') ?? null
    if (path !== null && typeof path !== 'string') throw malformed('A path is a text.')
    return { op, path: path === '' ? null : path, value: member(asked, 'value') }
  })
}

/**
 * What an operation without a path says, as one for each attribute of its value. Its names may be paths, as Entra's are:
 * `name.givenName`, `emails[type eq "work"].value`. What the service alone sets is passed over there.
 */
export function spread(
  attributes: readonly Attribute[],
  { op, path, value }: Operation,
): { op: Operation['op']; path: Path; value: unknown }[] {
  if (path !== null) {
    const read = readPath(attributes, path)
    if (read === null) return []
    if (read.attribute.mutability === 'readOnly')
      throw new ScimError(400, 'mutability', `${read.attribute.name} cannot be changed.`)
    return [{ op, path: read, value }]
  }
  if (op === 'remove') throw new ScimError(400, 'noTarget', 'What is to be removed needs a path.')
  if (!isObject(value))
    throw invalidValue('An operation without a path has an object of attributes as its value.')
  return Object.entries(value).flatMap(([name, inner]) => {
    const read = knownPath(attributes, name)
    return read === null || read.attribute.mutability === 'readOnly' ? [] : [{ op, path: read, value: inner }]
  })
}

/** An unknown name among attributes is passed over, as in a resource that is sent whole. */
function knownPath(attributes: readonly Attribute[], name: string): Path | null {
  try {
    return readPath(attributes, name)
  } catch (error) {
    if (error instanceof ScimError && error.scimType === 'invalidPath') return null
    throw error
  }
}

/** A resource after some operations; nothing of it is checked but where they go. @throws ScimError */
export function patched(
  attributes: readonly Attribute[],
  resource: Json,
  operations: readonly Operation[],
): Json {
  const after = structuredClone(resource)
  for (const operation of operations)
    for (const { op, path, value } of spread(attributes, operation)) {
      if (path.attribute.multiValued) changeMany(after, op, path, value)
      else changeOne(after, op, path, value)
    }
  return tidy(attributes, after)
}

function changeOne(resource: Json, op: Operation['op'], { attribute, sub }: Path, value: unknown): void {
  const { name } = attribute
  const before = resource[name]
  if (sub !== null)
    resource[name] = { ...(isObject(before) && before), [sub.name]: op === 'remove' ? null : value }
  else if (op === 'remove') delete resource[name]
  else if (attribute.type === 'complex') {
    if (!isObject(value)) throw invalidValue(`${name} is an object.`)
    resource[name] = { ...(isObject(before) && before), ...nulled(attribute, value) }
  } else resource[name] = value
}

/** The sub-attributes that an object names, by their names in the schema; what is null stays so, to clear it. */
const nulled = ({ subAttributes = [] }: Attribute, value: Json): Json =>
  Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const sub = subAttributes.find((one) => one.name.toLowerCase() === key.toLowerCase())
      return sub ? [[sub.name, inner]] : []
    }),
  )

function changeMany(resource: Json, op: Operation['op'], path: Path, value: unknown): void {
  const { attribute, filter } = path
  const before = (resource[attribute.name] as Json[] | undefined) ?? []
  const picked = (item: Json) => filter === null || matches(filter, lowerKeys(item))
  resource[attribute.name] =
    op === 'remove' ? removed(before, path, picked, value) : written(before, op, path, picked, value)
  // One value is the primary one at most (RFC 7643 §2.4): the one that was said last.
  const after = resource[attribute.name] as Json[]
  const fresh = after.findLast((item) => item.primary === true && !before.includes(item))
  if (fresh) for (const item of after) if (item !== fresh && item.primary === true) item.primary = false
}

function removed(
  before: Json[],
  { attribute, filter, sub }: Path,
  picked: (item: Json) => boolean,
  value: unknown,
) {
  if (sub !== null) return before.map((item) => (picked(item) ? { ...item, [sub.name]: null } : item))
  // Entra names the values that go, where RFC 7644 has a filter.
  const named = filter === null ? (tidyValue(attribute, value) as Json[] | undefined) : undefined
  if (named) return before.filter((item) => !named.some((one) => one.value === item.value))
  return before.filter((item) => !picked(item))
}

function written(
  before: Json[],
  op: Operation['op'],
  { attribute, filter, sub }: Path,
  picked: (item: Json) => boolean,
  value: unknown,
): Json[] {
  if (filter === null && sub === null) {
    const given = (tidyValue(attribute, value) as unknown[] | undefined) ?? []
    if (!given.every(isObject)) throw invalidValue(`${attribute.name} is a list of objects.`)
    const kept = op === 'add' ? before.filter((item) => !given.some((one) => sameValue(one, item))) : []
    return [...kept, ...given]
  }
  const change = sub === null ? onlyObject(attribute, value) : { [sub.name]: tidyValue(sub, value) ?? null }
  if (before.some(picked)) return before.map((item) => (picked(item) ? { ...item, ...change } : item))
  const start = filter === null ? {} : saidBy(filter)
  if (start === null)
    throw new ScimError(400, 'noTarget', `No value of ${attribute.name} is meant by that path.`)
  return [...before, { ...start, ...change }]
}

const sameValue = (one: Json, other: Json) =>
  one.value === other.value && (one.type ?? other.type) === other.type

function onlyObject(attribute: Attribute, value: unknown): Json {
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (!isObject(one)) throw invalidValue(`A value of ${attribute.name} is an object.`)
  return nulled(attribute, one)
}

/** What a value has to be for a filter of equalities to mean it: Entra adds `emails[type eq "work"].value` so. */
function saidBy(filter: Filter): Json | null {
  if (filter.kind === 'compare') return filter.operator === 'eq' ? { [filter.attribute]: filter.value } : null
  if (filter.kind !== 'and') return null
  const parts = filter.of.map(saidBy)
  return parts.includes(null) ? null : Object.assign({}, ...parts)
}

const lowerKeys = (item: Json): Json =>
  Object.fromEntries(Object.entries(item).map(([key, value]) => [key.toLowerCase(), value]))
