/** An attribute as RFC 7643 §7 describes it; what is not said is the RFC's default. */
export type Attribute = {
  name: string
  type: 'string' | 'boolean' | 'complex' | 'reference'
  description: string
  multiValued?: boolean
  required?: boolean
  caseExact?: boolean
  mutability?: 'readOnly' | 'immutable'
  uniqueness?: 'server'
  subAttributes?: readonly Attribute[]
}

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'

const text = (name: string, description: string, more: Partial<Attribute> = {}): Attribute => ({
  name,
  type: 'string',
  description,
  ...more,
})

/** What is kept of a person: who they are and how to reach them. The rest that an identity provider sends is let go. */
export const userAttributes: readonly Attribute[] = [
  text('userName', 'What the product calls the person: the user_id of Behalf’s API.', {
    required: true,
    uniqueness: 'server',
  }),
  {
    name: 'name',
    type: 'complex',
    description: 'The parts of the person’s name.',
    subAttributes: [
      text('formatted', 'The full name.'),
      text('familyName', 'The family name.'),
      text('givenName', 'The given name.'),
    ],
  },
  text('displayName', 'The name as it is shown.'),
  {
    name: 'emails',
    type: 'complex',
    multiValued: true,
    description: 'Addresses; the primary one is the one that Behalf writes to.',
    subAttributes: [
      text('value', 'The address.'),
      text('type', 'Such as work or home.'),
      { name: 'primary', type: 'boolean', description: 'Whether this is the one to write to.' },
    ],
  },
  {
    name: 'active',
    type: 'boolean',
    description: 'False locks the person out: every account of theirs is revoked, here and at its provider.',
  },
  {
    name: 'groups',
    type: 'complex',
    multiValued: true,
    mutability: 'readOnly',
    description: 'The groups that the person is in. They are changed at the group.',
    subAttributes: [
      text('value', 'The id of the group.', { mutability: 'readOnly' }),
      { name: '$ref', type: 'reference', description: 'The address of the group.', mutability: 'readOnly' },
      text('display', 'The name of the group.', { mutability: 'readOnly' }),
    ],
  },
]

export const groupAttributes: readonly Attribute[] = [
  text('displayName', 'The name that scope ceilings are set for.', { required: true, uniqueness: 'server' }),
  {
    name: 'members',
    type: 'complex',
    multiValued: true,
    description: 'The people in the group. Groups within groups are not supported.',
    subAttributes: [
      text('value', 'The id of the person.', { mutability: 'immutable' }),
      { name: '$ref', type: 'reference', description: 'The address of the person.', mutability: 'immutable' },
      text('type', 'User.', { mutability: 'immutable' }),
      text('display', 'The person’s userName.', { mutability: 'readOnly' }),
    ],
  },
]

/** RFC 7643 §3.1: every resource has these. */
const common: readonly Attribute[] = [
  text('id', 'Ours.', { mutability: 'readOnly', caseExact: true }),
  text('externalId', 'Theirs.', { caseExact: true }),
  text('schemas', '', { multiValued: true, mutability: 'readOnly' }),
  { name: 'meta', type: 'complex', description: '', mutability: 'readOnly' },
]

export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The attribute of that name, in whatever case; names are compared without regard to it (RFC 7643 §2.1). */
export const attributeOf = (attributes: readonly Attribute[], name: string): Attribute | undefined => {
  const wanted = name.toLowerCase()
  return [...attributes, ...common].find((one) => one.name.toLowerCase() === wanted)
}

/**
 * A resource as it came, with the names that the schema gives and without what is not kept. What is null or empty is as
 * absent (RFC 7643 §2.5).
 */
export function tidy(attributes: readonly Attribute[], given: Json): Json {
  const kept: Json = {}
  for (const [name, value] of Object.entries(given)) {
    const attribute = attributeOf(attributes, name)
    if (!attribute || attribute.mutability === 'readOnly') continue
    const tidied = tidyValue(attribute, value)
    if (tidied !== undefined) kept[attribute.name] = tidied
  }
  return kept
}

export function tidyValue(attribute: Attribute, value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (attribute.multiValued) {
    const items = (Array.isArray(value) ? value : [value])
      .map((item) => tidyOne(attribute, item))
      .filter((item) => item !== undefined)
    return items.length > 0 ? items : undefined
  }
  return tidyOne(attribute, value)
}

function tidyOne({ type, subAttributes = [] }: Attribute, value: unknown): unknown {
  if (value === null || value === undefined || value === '') return undefined
  if (type === 'boolean') return booleanOf(value)
  if (type !== 'complex' || !isObject(value)) return value
  const inner = tidy(subAttributes, value)
  return Object.keys(inner).length > 0 ? inner : undefined
}

/** Entra sends `"False"` for `false`. */
const booleanOf = (value: unknown): unknown => {
  if (typeof value !== 'string') return value
  const small = value.toLowerCase()
  return small === 'true' ? true : small === 'false' ? false : value
}
