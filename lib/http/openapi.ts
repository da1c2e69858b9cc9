import { z } from 'zod'
import { type ErrorCode, errorTable } from '#lib/errors'
import type { Contract } from './contract.ts'

/** What any operation may refuse with. */
export const everywhere: readonly ErrorCode[] = [
  'unauthenticated',
  'forbidden',
  'invalid_request',
  'rate_limited',
  'unavailable',
]

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  })
  return rest
}

type JsonSchema = { properties?: Record<string, object>; required?: string[] }

const parameters = (schema: z.ZodType | undefined, place: 'path' | 'query') => {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as JsonSchema
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Made once per key: a repetition within 24 hours gets the first answer, with Idempotency-Replayed',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
}

/** A file, streamed. */
const octets = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }

const callHeader = (body: z.ZodType | undefined) => ({
  name: 'Behalf-Call',
  in: 'header',
  required: false,
  description:
    'The call, as JSON in ASCII (\\uXXXX for the rest), where the body of the request is a file as application/octet-stream',
  content: { 'application/json': { schema: body ? schemaOf(body, 'input') : {} } },
})

/** One response per status: several codes may share one. */
function errorResponses(codes: readonly ErrorCode[]) {
  const byStatus = Map.groupBy(new Set(codes), (code) => String(errorTable[code].status))
  return Object.fromEntries(
    [...byStatus].map(([status, shared]) => [
      status,
      {
        description: shared.map((code) => `\`${code}\`: ${errorTable[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

function operation(contract: Contract) {
  const ok =
    contract.status === 204
      ? { description: 'Done' }
      : {
          description: 'Success',
          content: {
            'application/json': { schema: schemaOf(contract.output, 'output') },
            ...(contract.files && octets),
          },
        }
  return {
    operationId: contract.operationId,
    tags: [contract.tag],
    summary: contract.summary,
    ...(contract.description && { description: contract.description }),
    parameters: [
      ...parameters(contract.params, 'path'),
      ...parameters(contract.query, 'query'),
      ...(contract.files ? [callHeader(contract.body)] : []),
      ...(contract.method === 'POST' && contract.idempotency !== 'none' ? [idempotencyKey] : []),
    ],
    ...(contract.body && {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: schemaOf(contract.body, 'input') },
          ...(contract.files && octets),
        },
      },
    }),
    responses: {
      [contract.status]: ok,
      ...(contract.accepted && {
        202: {
          description: 'Not done yet',
          content: { 'application/json': { schema: schemaOf(contract.accepted, 'output') } },
        },
      }),
      ...errorResponses([...everywhere, ...(contract.errors ?? [])]),
    },
    'x-audit': typeof contract.audit === 'string' ? contract.audit : `none: ${contract.audit.none}`,
    // A repetition under its key is answered without these: what sends by itself again must not.
    ...(contract.toldOnce && { 'x-told-once': contract.toldOnce }),
  }
}

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'trace_id', 'retryable'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorTable) },
    trace_id: { type: 'string' },
    retryable: { type: 'boolean' },
    param: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
    retry_after_seconds: { type: 'integer' },
    limit: { type: 'string', description: 'The name of the limit that was reached' },
    category: {
      type: 'string',
      description: 'What kind of failure a tool call ended in, whatever its provider calls it',
      enum: [
        ...['auth', 'permission', 'not_found', 'invalid', 'conflict', 'rate_limit', 'transient'],
        ...['permanent', 'unknown_outcome'],
      ],
    },
    connect_url: {
      type: 'string',
      format: 'uri',
      description: 'Where the user grants what is missing; ends in a consent screen',
    },
    required_scopes: {
      type: 'array',
      description: 'Alternatives of conjunctions',
      items: { type: 'array', items: { type: 'string' } },
    },
    granted_scopes: { type: 'array', items: { type: 'string' } },
    policy_ids: { type: 'array', items: { type: 'string' } },
    upstream: {
      type: 'object',
      description: 'The refusal of the provider itself',
      required: ['status', 'body'],
      properties: { status: { type: 'integer' }, body: {} },
    },
    outcome: {
      const: 'unknown',
      description: 'The call may have had its effect; look the execution up before repeating it',
    },
    execution_id: { type: 'string' },
  },
}

/** The OpenAPI 3.1 document, made from the same schemas that parse the requests. */
export function buildOpenApi(contracts: readonly Contract[], facts: { publicUrl: string; version: string }) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const contract of contracts) {
    paths[contract.path] = { ...paths[contract.path], [contract.method.toLowerCase()]: operation(contract) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Behalf',
      version: facts.version,
      summary: 'Consent portal and credential broker for AI agents',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: facts.publicUrl }],
    security: [{ secretKey: [] }],
    tags: [...new Set(contracts.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        secretKey: { type: 'http', scheme: 'bearer', description: 'A secret key, `bhf_sk_…`' },
      },
      schemas: { Problem: problem },
    },
  }
}
