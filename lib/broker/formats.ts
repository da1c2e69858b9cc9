import type { ToolView } from './list.ts'

// OpenAI, Anthropic and many MCP hosts take names of `[a-zA-Z0-9_-]{1,64}` only, and ours have a dot. A connector's id
// holds no underscore and what follows begins with a letter (connector-kit), so that the first two are the dot.
const separator = '__'

/** The name of a tool where a dot cannot stand: `sandbox__list_tasks` for `sandbox.list_tasks`; at most 64 characters. */
export const wireName = (toolName: string): string => toolName.replace('.', separator)

/** The tool that `wireName` named. Its own name, with the dot, names it too. */
export const toolOfWireName = (name: string): string =>
  name.includes('.') ? name : name.replace(separator, '.')

/**
 * What MCP tells a host of a tool beside its schemas. Additive is what makes something new each time; a write that may
 * be repeated sets what was there before, which is lost.
 * @see MCP 2026-07-28, ToolAnnotations
 */
export function annotationsOf({
  title,
  effect,
  idempotent,
}: Pick<ToolView, 'title' | 'effect' | 'idempotent'>) {
  const additive = effect === 'send' || (effect === 'write' && !idempotent)
  const readOnlyHint = effect === 'read'
  return {
    title,
    readOnlyHint,
    destructiveHint: !readOnlyHint && !additive,
    idempotentHint: readOnlyHint || idempotent,
    // Every tool reaches a provider that others write to as well.
    openWorldHint: true,
  }
}

/** A tool as MCP lists it: REST's `format=mcp` and the server of `/mcp` say the same. */
export const mcpTool = (tool: ToolView) => ({
  name: wireName(tool.name),
  title: tool.title,
  description: tool.description,
  inputSchema: tool.input_schema,
  outputSchema: tool.output_schema,
  annotations: annotationsOf(tool),
})

const functionOf = (tool: ToolView) => ({
  name: wireName(tool.name),
  description: tool.description,
  parameters: tool.input_schema,
})

/** What goes into `tools` of a request to each model's API, as it is. */
export const modelFormats = {
  /** Chat Completions, and what imitates it. */
  openai: (tool: ToolView) => ({ type: 'function', function: functionOf(tool) }),
  /** Responses is strict where nothing is said, and then refuses a schema with optional properties. */
  openai_responses: (tool: ToolView) => ({ type: 'function', ...functionOf(tool), strict: false }),
  anthropic: (tool: ToolView) => ({
    name: wireName(tool.name),
    description: tool.description,
    input_schema: tool.input_schema,
  }),
  mcp: mcpTool,
} as const
