import { modelFormats, type ToolView } from '#lib/broker'

/** What the API says of a tool: the rest of the view is for `/tools/requirements`. */
export const asTool = ({ wanted: _wanted, blocked: _blocked, ...tool }: ToolView) => tool

export const formats = {
  native: (tool: ToolView): Record<string, unknown> => asTool(tool),
  ...modelFormats,
} as const
