import { wireName } from '#lib/broker'
import type { Known, Shelf } from './offered.ts'

// A thousand definitions are more than a model reads: three tools stand for them, by which it finds the one it needs.

export const searchTools = 'search_tools'
export const describeTool = 'describe_tool'
export const callTool = 'call_tool'

const foundMax = 20

const name = { type: 'string', maxLength: 64, description: 'Name of a tool, as search_tools gives it.' }

/** What is listed in place of all tools. */
export const searchDefinitions = [
  {
    name: searchTools,
    title: 'Find tools',
    description:
      'Finds tools of the connected accounts by what they do, such as "list open issues". Answers names and descriptions, the best first.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', maxLength: 200, description: 'Words for what is to be done.' },
        connector: { type: 'string', maxLength: 31, description: 'Only tools of this provider.' },
      },
      required: ['query'],
      additionalProperties: false,
    },
    annotations: { title: 'Find tools', readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  },
  {
    name: describeTool,
    title: 'Describe a tool',
    description: 'Answers the arguments that a tool takes and what it answers, as JSON Schema.',
    inputSchema: { type: 'object', properties: { name }, required: ['name'], additionalProperties: false },
    annotations: { title: 'Describe a tool', readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  },
  {
    name: callTool,
    title: 'Run a tool',
    description: 'Runs a tool that search_tools has found, with arguments as describe_tool says.',
    inputSchema: {
      type: 'object',
      properties: { name, arguments: { type: 'object', description: 'As the tool takes them.' } },
      required: ['name'],
      additionalProperties: false,
    },
    annotations: { title: 'Run a tool', readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  },
] as const

/** The text in which words are looked for is put in lower case once per tool. */
const texts = new WeakMap<Known, { name: string; title: string; rest: string }>()
function textOf(known: Known) {
  const found = texts.get(known)
  if (found) return found
  const made = {
    name: known.name.toLowerCase(),
    title: known.title.toLowerCase(),
    rest: known.description.toLowerCase(),
  }
  texts.set(known, made)
  return made
}

/** The more of the words a tool has, and the nearer to its name, the better it fits; 0 where it has none. */
function scoreOf(known: Known, words: readonly string[]): number {
  const { name: own, title, rest } = textOf(known)
  let score = 0
  for (const word of words) {
    if (own.includes(word)) score += 4
    if (title.includes(word)) score += 3
    if (rest.includes(word)) score += 1
  }
  return score
}

/** @returns the tools that fit best, as a model is told of them */
export async function search(shelf: Shelf, query: string, connector: string | undefined) {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])].slice(0, 30)
  const best = shelf.candidates
    .filter(({ known }) => connector === undefined || known.connector === connector)
    .map(({ known, listed }) => ({ known, listed, score: scoreOf(known, words) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score || (one.known.name < other.known.name ? -1 : 1))
    // Some of them may turn out to be kept from this caller.
    .slice(0, 3 * foundMax)
  const listed = new Set(best.flatMap((one) => (one.listed ? [one.known.name] : [])))
  const offered = await shelf.offered(best.map(({ known }) => known.name))
  return offered.slice(0, foundMax).map(({ tool: { name, title, description, effect } }) => ({
    name: wireName(name),
    title,
    description,
    effect,
    connected: listed.has(name),
  }))
}
