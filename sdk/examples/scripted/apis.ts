// Stand-ins for the clients of two models' APIs, which refuse what those would.
import type { ToolOutcome } from '../../index.ts'
import type { Anthropic } from '../anthropic.ts'
import type { OpenAi } from '../openai.ts'
import { follow, type Turn } from './script.ts'

type Tool = { type?: string; name: string; strict?: boolean; parameters?: object; input_schema?: object }

export function scriptedOpenAi(turns: readonly Turn[]): OpenAi {
  let nth = 0
  const create = async (request: object) => {
    const { input, tools } = request as { input: Record<string, string>[]; tools: Tool[] }
    // Of what it does not know Responses says `Missing required parameter: 'tools[0].name'`, or that it is not strict.
    for (const { type, parameters, strict } of tools)
      if (type !== 'function' || !parameters || strict !== false)
        throw new Error('not a function of Responses')
    const asked = new Set(input.filter(({ type }) => type === 'function_call').map(({ call_id }) => call_id))
    const results = input.filter(({ type }) => type === 'function_call_output')
    if (results.length !== asked.size || !results.every(({ call_id }) => asked.has(call_id)))
      throw new Error('no output for a function call')
    const read = results.map(({ output = '' }) => JSON.parse(output) as ToolOutcome)
    const { text = '', call } = follow(turns, nth++, { tools, read })
    const output = call
      ? { type: 'function_call', call_id: call.id, name: call.name, arguments: JSON.stringify(call.params) }
      : { type: 'message' }
    return { output: [output], output_text: text }
  }
  return { responses: { create } }
}

export function scriptedAnthropic(turns: readonly Turn[]): Anthropic {
  let nth = 0
  const create = async (request: object) => {
    const { messages, tools } = request as {
      messages: { content: string | Record<string, string>[] }[]
      tools: Tool[]
    }
    for (const { input_schema } of tools)
      if (!input_schema || !('type' in input_schema)) throw new Error('tools: input_schema.type: required')
    const blocks = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    const asked = new Set(blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id))
    const results = blocks.filter(({ type }) => type === 'tool_result')
    if (results.length !== asked.size || !results.every(({ tool_use_id }) => asked.has(tool_use_id)))
      throw new Error('`tool_use` ids without `tool_result` blocks')
    const read = results.map(({ content = '' }) => JSON.parse(content) as ToolOutcome)
    const { text = '', call } = follow(turns, nth++, { tools, read })
    return call
      ? {
          content: [{ type: 'tool_use', id: call.id, name: call.name, input: call.params }],
          stop_reason: 'tool_use',
        }
      : { content: [{ type: 'text', text }], stop_reason: 'end_turn' }
  }
  return { messages: { create } }
}
