import type { z } from 'zod'
import type { ErrorCode } from '#lib/errors'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type Facts<Path, Query, Body, Output> = {
  operationId: string
  method: Method
  /** As OpenAPI writes it: `/api/v1/connected_accounts/{id}`. */
  path: string
  tag: string
  summary: string
  description?: string
  /** The audit action that the operation appends, or why it appends none: coverage is decided, never forgotten. */
  audit: string | { none: string }
  status: 200 | 201 | 202 | 204
  /**
   * How an `Idempotency-Key` is met. A POST with an effect is run once per key, by `route`, unless the operation sees to
   * it itself (`own`) or has no effect (`none`).
   */
  idempotency?: 'own' | 'none'
  /** Fields of the answer that are told once: a repetition under the same key does without them. */
  toldOnce?: readonly string[]
  /**
   * It moves files: a request with `Behalf-Call` carries the call in that header and a file as its body, which is not
   * read before the call is decided; an answer may be a file.
   */
  files?: true
  params?: Path
  query?: Query
  body?: Body
  output: Output
  /** What is answered, with 202, where it is not done yet. */
  accepted?: z.ZodType
  /** Codes beyond those that every operation may answer. */
  errors?: readonly ErrorCode[]
}

/** One operation of the API: parses what comes in and goes out, and is its own line of the OpenAPI document. */
export type Contract<
  Path extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> = Facts<Path, Query, Body, Output>

export const contract = <
  Output extends z.ZodType,
  Path extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
>(
  facts: Facts<Path, Query, Body, Output>,
): Contract<Path, Query, Body, Output> => facts
