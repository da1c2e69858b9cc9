import { modelFormats, type ToolView } from '#lib/broker'

/** What the API says of a tool: what to ask the user for is for `/tools/requirements`. */
export const asTool = ({ wanted: _wanted, ...tool }: ToolView) => tool

export const formats = {
  native: (tool: ToolView): Record<string, unknown> => asTool(tool),
  ...modelFormats,
} as const
