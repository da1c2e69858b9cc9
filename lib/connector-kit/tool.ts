import type { z } from 'zod'
import type { Effect } from './schema.ts'

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export type CallOptions = {
  /** Appended to the path, encoded; `undefined` values are left out. */
  query?: Query
  /** Sent as JSON. */
  json?: unknown
  headers?: Readonly<Record<string, string>>
  /** Which of the connector's `baseUrls` to call; `api` unless told. */
  base?: string
}

/**
 * The provider's API as a tool sees it: authorised already, with no token in reach, bound to the connector's hosts.
 * Answers are the parsed JSON; a refusal is thrown as an `upstream_*` error.
 */
export type ToolHttp = {
  get(path: string, options?: Omit<CallOptions, 'json'>): Promise<unknown>
  post(path: string, options?: CallOptions): Promise<unknown>
  put(path: string, options?: CallOptions): Promise<unknown>
  patch(path: string, options?: CallOptions): Promise<unknown>
  delete(path: string, options?: CallOptions): Promise<unknown>
}

export type ToolContext<Input> = {
  input: Input
  http: ToolHttp
  /** Stable for this execution: sent as the provider's idempotency key where it takes one. */
  executionId: string
  signal: AbortSignal
}

type ToolFacts<Input extends z.ZodType, Output extends z.ZodType> = {
  /** `connector.verb_noun`, at most 64 characters. */
  name: string
  title: string
  /** For a model: what it does, what it needs, what it answers. */
  description: string
  /** Alternatives of conjunctions: `[['repo'], ['public_repo','read:org']]` is repo, or both of the others. */
  scopes: readonly (readonly string[])[]
  effect: Effect
  idempotent: boolean
  input: Input
  output: Output
  run(context: ToolContext<z.output<Input>>): Promise<z.input<Output>>
}

/** A tool with its types erased, as the registry keeps it; `run` parses what it takes and gives. */
export type Tool = Omit<ToolFacts<z.ZodType, z.ZodType>, 'run'> & {
  /** @throws ZodError when the provider's answer does not fit the output schema */
  run(context: ToolContext<unknown>): Promise<unknown>
}

/** Defines a tool. `run` receives parsed input; what it returns is parsed by `output`, unknown fields dropped. */
export function tool<Input extends z.ZodType, Output extends z.ZodType>(
  facts: ToolFacts<Input, Output>,
): Tool {
  return {
    ...facts,
    run: async (context) =>
      facts.output.parse(await facts.run({ ...context, input: context.input as z.output<Input> })),
  }
}

/** Encodes one value for use as a single path segment; `.` and `..` cannot climb. */
export function segment(value: string | number): string {
  const text = encodeURIComponent(String(value))
  if (text === '' || text === '.' || text === '..')
    throw new RangeError('a path segment may not be empty or dots')
  return text
}
