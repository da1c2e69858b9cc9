import { wireName } from './names.ts'
import type { Tool } from './types.ts'

const functionOf = (tool: Tool) => ({
  name: wireName(tool.name),
  description: tool.description,
  parameters: tool.input_schema,
})

/** What goes into `tools` of a request to each model's API: what `GET /api/v1/tools?format=…` answers. */
export const modelFormats = {
  /** Chat Completions, and what imitates it. */
  openai: (tool: Tool) => ({ type: 'function' as const, function: functionOf(tool) }),
  /** Responses is strict where nothing is said, and then refuses a schema with optional properties. */
  openai_responses: (tool: Tool) => ({ type: 'function' as const, ...functionOf(tool), strict: false }),
  anthropic: (tool: Tool) => ({
    name: wireName(tool.name),
    description: tool.description,
    // The root of every tool's schema is an object.
    input_schema: tool.input_schema as { type: 'object' } & Record<string, unknown>,
  }),
}
