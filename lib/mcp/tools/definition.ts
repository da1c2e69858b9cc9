import { mcpTool, type ToolView } from '#lib/broker'
import type { Offered } from './offered.ts'

type JsonObject = Record<string, unknown>
type Definition = ReturnType<typeof mcpTool>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a text of a provider's is not held to: a secret in it may have been replaced, or an address masked. */
const ofTexts: ReadonlySet<string> = new Set([
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'contentEncoding',
])

/** The schema of an answer as far as it holds after secrets and personal data were taken out of it. */
function lenient(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lenient)
  if (!isObject(schema)) return schema
  const text = schema.type === 'string'
  return Object.fromEntries(
    Object.entries(schema)
      .filter(
        ([key]) => !(text && ofTexts.has(key)) && !(key === 'additionalProperties' && schema[key] === false),
      )
      .map(([key, value]) => [key, lenient(value)]),
  )
}

// A tool's schemas are made once per process, and so is what is told of them.
const compiled = new WeakMap<object, Definition>()

function definitionOf(tool: ToolView): Definition {
  const found = compiled.get(tool.input_schema)
  if (found) return found
  const made = mcpTool(tool)
  const definition = { ...made, outputSchema: lenient(made.outputSchema) as JsonObject }
  compiled.set(tool.input_schema, definition)
  return definition
}

/** Our own arguments, beside those of the tool. */
export const accountArgument = 'connected_account_id'
export const userArgument = 'user_id'

/** How a call is told whom it is for, where that is not plain: by an account of several, or by a user. */
function ownArguments({ accounts }: Offered, forUser: boolean): JsonObject {
  if (!forUser) {
    return {
      [userArgument]: {
        type: 'string',
        maxLength: 128,
        description: 'Id of the user on whose behalf the tool is run, as the product names its users.',
      },
    }
  }
  if (accounts.length < 2) return {}
  const labels = accounts.map(({ publicId, label }) => `${publicId} is ${label}`).join('; ')
  return {
    [accountArgument]: {
      type: 'string',
      enum: accounts.map(({ publicId }) => publicId),
      description: `Which account to use: ${labels}.`,
    },
  }
}

/** @param forUser whether the caller acts for one user; else each call names one */
export function definitionFor(offered: Offered, forUser: boolean): Definition {
  const definition = definitionOf(offered.tool)
  const own = ownArguments(offered, forUser)
  if (Object.keys(own).length === 0) return definition
  const { properties, required } = definition.inputSchema
  return {
    ...definition,
    inputSchema: {
      ...definition.inputSchema,
      properties: { ...own, ...(isObject(properties) ? properties : {}) },
      ...(!forUser && { required: [userArgument, ...(Array.isArray(required) ? required : [])] }),
    },
  }
}
