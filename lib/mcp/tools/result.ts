import type { CallToolResult } from '@modelcontextprotocol/server'
import { asUntrusted } from '#lib/broker'
import { type AppError, errorTable, type PublicFacts } from '#lib/errors'

const text = (words: string) => ({ type: 'text' as const, text: words })

/** Facts about a result for programs. The prefix is ours, as `_meta` wants it. */
const meta = (facts: Readonly<Record<string, unknown>>) => ({ 'behalf.dev/result': facts })

/** What a provider answered: its data for programs, and for a model the same between lines that say whose words it is. */
export const answered = (
  output: unknown,
  source: string,
  facts: Readonly<Record<string, unknown>> = {},
): CallToolResult => ({
  content: [text(asUntrusted(output, source))],
  ...(typeof output === 'object' &&
    output !== null && { structuredContent: output as Record<string, unknown> }),
  _meta: meta({ trust: 'untrusted_provider_data', ...facts }),
})

/** An answer of our own. */
export const told = (value: Record<string, unknown>): CallToolResult => ({
  content: [text(JSON.stringify(value))],
  structuredContent: value,
})

export type Refusal = CallToolResult & { isError: true }

/** That it did not happen, or not yet: in words that a model can act on. */
export const refused = (words: string, facts: Readonly<Record<string, unknown>> = {}): Refusal => ({
  content: [text(words)],
  isError: true,
  _meta: meta(facts),
})

const upstreamWords = ({ upstream }: PublicFacts, source: string): string =>
  upstream?.body == null ? '' : `\n${asUntrusted(upstream.body, source)}`

const nextStep = ({ facts }: AppError): string => {
  if (facts.outcome === 'unknown') return ' It may have happened all the same: look before you try again.'
  if (facts.retry_after_seconds !== undefined) return ` Try again in ${facts.retry_after_seconds} seconds.`
  return ''
}

/** An error of the pipeline as the result of a tool: the model is to see it, and most can be put right by it. */
export function failed(error: AppError, source: string, traceId: string): CallToolResult {
  const { detail, connect_url: _, upstream, ...facts } = error.facts
  const words = detail ?? errorTable[error.code].title
  return refused(`${words}${nextStep(error)}${upstreamWords(error.facts, source)}`, {
    code: error.code,
    trace_id: error.replayOf ?? traceId,
    ...facts,
    ...(upstream && { upstream_status: upstream.status }),
  })
}
