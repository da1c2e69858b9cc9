import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Deps } from '../context.ts'
import type { Served } from '../endpoint/index.ts'
import type { View } from '../view.ts'
import { answered, refused, told } from './result.ts'

// A call that waits for people outlives the request that asked for it: it is asked about by its approval.

export const approvalTool = 'get_approval'

export const approvalDefinition = {
  name: approvalTool,
  title: 'What became of a call that waits for approval',
  description:
    'Answers whether people have approved a call that waits for them, and what it answered once it was made. Wait some time between two looks.',
  inputSchema: {
    type: 'object',
    properties: {
      approval_id: { type: 'string', maxLength: 100, description: 'As the call that waits was answered.' },
    },
    required: ['approval_id'],
    additionalProperties: false,
  },
  annotations: {
    title: 'What became of a call that waits for approval',
    readOnlyHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
} as const

const over: Readonly<Record<string, string>> = {
  denied: 'People have said no to this call. It was not made.',
  expired: 'Nobody has approved this call in time. It was not made.',
  withdrawn: 'This call was withdrawn. It was not made.',
  refused: 'This call was approved, but something else refused it when it was to be made.',
}

/** @throws AppError `not_found` for an approval that this caller has not asked for */
export async function approvalResult(
  deps: Deps,
  { caller }: View,
  approvalId: string,
  { origin }: Pick<Served<unknown>, 'origin'>,
): Promise<CallToolResult> {
  const shown = await deps.showApproval(caller, approvalId, origin)
  const { id, tool_name, status, expires_at, execution_id, execution_status, error_code } = shown
  const facts = { approval_id: id, tool_name, status, execution_id, execution_status, error_code }
  const words = over[status]
  if (words !== undefined) return refused(words, facts)
  if (execution_status === 'failed' || execution_status === 'unknown')
    return refused(`The call was approved and made, and ended as ${execution_status}.`, facts)
  if (execution_status === 'succeeded') {
    const source = deps.connectors[tool_name.slice(0, tool_name.indexOf('.'))]?.name ?? tool_name
    return answered({ ...facts, output: shown.output }, source, facts)
  }
  return told({ ...facts, expires_at })
}
