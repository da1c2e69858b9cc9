// The tools of a user for LangChain JS and LangGraph (package `@langchain/core`, 1 or newer).
import { ToolMessage } from '@langchain/core/messages'
import { DynamicStructuredTool, type ToolRunnableConfig } from '@langchain/core/tools'
import { type ToolOutcome, type UserTools, wireName } from '../index.ts'

/**
 * What `bindTools` and agents take as tools. The message of a result holds the `ToolOutcome` twice: as JSON for the
 * model, and as `artifact` for the host, who finds `connect_url` or `approval_id` there.
 */
export function structuredTools(user: UserTools): DynamicStructuredTool[] {
  return user.tools.map(
    (tool) =>
      new DynamicStructuredTool({
        name: wireName(tool.name),
        description: tool.description,
        schema: tool.input_schema,
        metadata: { tool_name: tool.name, effect: tool.effect },
        func: async (input, _manager, config) => {
          // Whoever invokes a tool by its params alone has no call that a message could answer.
          const call = (config as ToolRunnableConfig | undefined)?.toolCall
          const outcome = await user.run(tool.name, input, {
            ...(call?.id && { callId: call.id }),
            ...(config?.signal && { signal: config.signal }),
          })
          return call?.id ? messageOf(outcome, call.id, wireName(tool.name)) : JSON.stringify(outcome)
        },
      }),
  )
}

const messageOf = (outcome: ToolOutcome, tool_call_id: string, name: string) =>
  new ToolMessage({
    content: JSON.stringify(outcome),
    artifact: outcome,
    status: outcome.status === 'failed' || outcome.status === 'action_required' ? 'error' : 'success',
    tool_call_id,
    name,
  })
