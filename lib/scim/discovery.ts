import {
  type Attribute,
  groupAttributes,
  groupSchema,
  type Json,
  userAttributes,
  userSchema,
} from './shape.ts'

export const countMax = 200

const describe = ({ subAttributes, ...said }: Attribute): Json => ({
  multiValued: false,
  required: false,
  mutability: 'readWrite',
  returned: 'default',
  ...(said.type === 'string' && { caseExact: false, uniqueness: 'none' }),
  ...(said.name === '$ref' && { referenceTypes: ['User', 'Group'], caseExact: true, uniqueness: 'none' }),
  ...said,
  ...(subAttributes && { subAttributes: subAttributes.map(describe) }),
})

/** RFC 7643 §5. */
export const serviceProviderConfig = (base: string): Json => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: countMax },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'SCIM token',
      description: 'Authorization: Bearer with a token that the console makes under Sign-in.',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
})

const kinds = [
  { name: 'User', plural: 'Users', schema: userSchema, attributes: userAttributes, what: 'An end user.' },
  {
    name: 'Group',
    plural: 'Groups',
    schema: groupSchema,
    attributes: groupAttributes,
    what: 'A group of them.',
  },
]

/** RFC 7643 §6. */
export const resourceTypes = (base: string): Json[] =>
  kinds.map(({ name, plural, schema, what }) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: name,
    name,
    endpoint: `/${plural}`,
    description: what,
    schema,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  }))

/** RFC 7643 §7: what is kept, and nothing else. */
export const schemas = (base: string): Json[] =>
  kinds.map(({ name, schema, attributes, what }) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id: schema,
    name,
    description: what,
    attributes: attributes.map(describe),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema}` },
  }))
