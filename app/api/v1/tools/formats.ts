import type { ToolView } from '#lib/broker'

/** A tool in the shape that a model's API takes: names there may not hold a dot, so it becomes two underscores. */
const flatName = (name: string) => name.replace('.', '__')

/** What the API says of a tool: the rest of the view is for `/tools/requirements`. */
export const asTool = ({ wanted: _wanted, blocked: _blocked, ...tool }: ToolView) => tool

export const formats = {
  native: (tool: ToolView): Record<string, unknown> => asTool(tool),
  openai: (tool: ToolView) => ({
    type: 'function',
    function: { name: flatName(tool.name), description: tool.description, parameters: tool.input_schema },
  }),
  anthropic: (tool: ToolView) => ({
    name: flatName(tool.name),
    description: tool.description,
    input_schema: tool.input_schema,
  }),
  mcp: (tool: ToolView) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: tool.input_schema,
    outputSchema: tool.output_schema,
    annotations: {
      readOnlyHint: tool.effect === 'read',
      destructiveHint: tool.effect === 'delete' || tool.effect === 'admin',
      idempotentHint: tool.idempotent,
      openWorldHint: true,
    },
  }),
} as const
