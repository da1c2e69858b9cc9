// The tools of a user for the Vercel AI SDK (package `ai`, 5 or newer).
import { type JSONValue, jsonSchema, type Tool, type ToolSet } from 'ai'
import { type ToolOutcome, type UserTools, wireName } from '../index.ts'

/**
 * What `generateText` and `streamText` take as `tools`. A result is a `ToolOutcome`: the model reads it as JSON, as an
 * error where nothing was done, and the host finds `connect_url` or `approval_id` in the results of the step.
 */
export function toolSet(user: UserTools): ToolSet {
  return Object.fromEntries(
    user.tools.map((tool) => {
      const definition: Tool<Record<string, unknown>, ToolOutcome> = {
        title: tool.title,
        description: tool.description,
        inputSchema: jsonSchema<Record<string, unknown>>(tool.input_schema),
        execute: (input, { toolCallId, abortSignal }) =>
          user.run(tool.name, input, { callId: toolCallId, ...(abortSignal && { signal: abortSignal }) }),
        toModelOutput: ({ output }) => ({
          type: output.status === 'failed' || output.status === 'action_required' ? 'error-json' : 'json',
          // An outcome is what came out of JSON.
          value: output as JSONValue,
        }),
      }
      return [wireName(tool.name), definition]
    }),
  )
}
