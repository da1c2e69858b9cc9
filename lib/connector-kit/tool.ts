import type { z } from 'zod'
import { type FileRule, fileSecondsMax, secondsOf, type ToolFiles } from './files.ts'
import type { GraphqlDocument } from './graphql.ts'
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

/** An answer with its headers, for what a body does not say. */
export type Answered = { body: unknown; header(name: string): string | null }

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
  /** As `get`, with the headers of the answer. */
  getAnswer(path: string, options?: Omit<CallOptions, 'json'>): Promise<Answered>
  /**
   * Sends a GraphQL document with its variables and answers its `data`. `errors` are a refusal, partial data or not.
   * @param options.path `/graphql` unless told
   */
  graphql(
    document: GraphqlDocument,
    variables: Readonly<Record<string, unknown>>,
    options?: Omit<CallOptions, 'json' | 'query'> & { path?: string },
  ): Promise<unknown>
}

export type ToolContext<Input> = {
  input: Input
  http: ToolHttp
  /** For a tool that takes or gives a file. */
  files: ToolFiles
  /** Stable for this execution: sent as the provider's idempotency key where it takes one. */
  executionId: string
  signal: AbortSignal
}

type ToolFacts<Input extends z.ZodType, Output extends z.ZodType> = {
  /** `connector.verb_noun`, at most 63 characters: the dot becomes two in the names that models take. */
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
  /**
   * The header in which the provider takes an idempotency key: each write carries the execution's, so that it may be
   * sent again when its answer is lost.
   */
  idempotencyKey?: { header: string }
  /** It takes a file: its input has a `file` (`fileField`), and the bytes are the body of the caller's request. */
  takes?: FileRule
  /** It answers a file: `output` says which it was (`givenFile`), and the bytes are the body of the answer. */
  gives?: FileRule
  run(context: ToolContext<z.output<Input>>): Promise<z.input<Output>>
  /**
   * Looks up whether a call whose answer was lost has happened. It may read and nothing else, and says `unknown`
   * wherever the provider does not really tell.
   */
  reconcile?(context: ToolContext<z.output<Input>>): Promise<Reconciled<z.input<Output>>>
}

/** What became of a call whose answer was lost. */
export type Reconciled<Output = unknown> =
  | { outcome: 'happened'; output: Output }
  | { outcome: 'did_not' }
  | { outcome: 'unknown' }

/** A tool with its types erased, as the registry keeps it; `run` parses what it takes and gives. */
export type Tool = Omit<ToolFacts<z.ZodType, z.ZodType>, 'run' | 'reconcile'> & {
  /** @throws ZodError when the provider's answer does not fit the output schema */
  run(context: ToolContext<unknown>): Promise<unknown>
  reconcile?(context: ToolContext<unknown>): Promise<Reconciled>
}

/** Whether a call may be sent again when it is not known to have happened, as far as its tool goes. */
export const isRepeatable = ({ effect, idempotent, idempotencyKey }: Tool): boolean =>
  effect === 'read' || idempotent || idempotencyKey !== undefined

const callSecondsMax = 30

/** How long one call of a tool may take, over everything that it does, in seconds. */
export const callSeconds = ({ takes, gives }: Pick<Tool, 'takes' | 'gives'>): number => {
  const rule = takes ?? gives
  return rule ? secondsOf(rule) : callSecondsMax
}

function assertFiles({ name, effect, takes, gives, input }: ToolFacts<z.ZodType, z.ZodType>): void {
  if (
    takes &&
    (gives || effect === 'read' || !('shape' in input && Object.hasOwn(input.shape as object, 'file')))
  )
    throw new Error(`tool ${name} takes a file: it is no reading, gives none, and its input has a field file`)
  // A file cannot be given twice, nor its answer be kept: what gives one may be called again.
  if (gives && effect !== 'read') throw new Error(`tool ${name} gives a file: it may do nothing but read`)
  if (((takes ?? gives)?.secondsMax ?? 0) > fileSecondsMax)
    throw new Error(`tool ${name} may take ${fileSecondsMax} seconds at most`)
}

/**
 * Defines a tool. `run` receives parsed input; what it returns is parsed by `output`, unknown fields dropped.
 * @throws Error at load where what it says of a file cannot be
 */
export function tool<Input extends z.ZodType, Output extends z.ZodType>(
  facts: ToolFacts<Input, Output>,
): Tool {
  const { run, reconcile, ...said } = facts
  assertFiles(facts)
  const typed = (context: ToolContext<unknown>) => ({ ...context, input: context.input as z.output<Input> })
  return {
    ...said,
    run: async (context) => facts.output.parse(await run(typed(context))),
    ...(reconcile && {
      reconcile: async (context: ToolContext<unknown>) => {
        const found = await reconcile(typed(context))
        return found.outcome === 'happened' ? { ...found, output: facts.output.parse(found.output) } : found
      },
    }),
  }
}

/** A value that cannot stand in an address. */
export class NoSegment extends RangeError {
  override readonly name = 'NoSegment'
}

/**
 * Encodes one value for use as a single path segment; `.` and `..` cannot climb.
 * @throws NoSegment, which is the caller's mistake
 */
export function segment(value: string | number): string {
  const text = String(value)
  if (text === '' || text === '.' || text === '..' || !text.isWellFormed())
    throw new NoSegment('a path segment may not be empty, dots, or half a character')
  return encodeURIComponent(text)
}
