/** The part of JSON Schema that the contracts come out as. */
export type Schema = {
  type?: string
  format?: string
  enum?: readonly unknown[]
  const?: unknown
  default?: unknown
  examples?: readonly unknown[]
  description?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  properties?: Record<string, Schema>
  required?: readonly string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  anyOf?: readonly Schema[]
  /** Kinds of an object, told apart by one of its fields. */
  oneOf?: readonly Schema[]
}

/** The shapes that a value may have. */
export const variants = (schema: Schema): readonly Schema[] => schema.anyOf ?? schema.oneOf ?? [schema]
