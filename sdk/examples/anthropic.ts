// A loop over Anthropic's Messages: `new Anthropic()` of the package `@anthropic-ai/sdk` is what `anthropic` stands for.
import type { BehalfClient, ToolsFor } from '../index.ts'

type Block = { type: string; text?: string; id?: string; name?: string; input?: unknown }
export type Anthropic = {
  messages: { create(request: object): Promise<{ content: Block[]; stop_reason: string | null }> }
}
type Asked = { behalf: BehalfClient; anthropic: Anthropic; model: string; who: ToolsFor; prompt: string }

export async function ask({ behalf, anthropic, model, who, prompt }: Asked): Promise<string> {
  const user = await behalf.tools.get(who)
  const tools = user.format('anthropic')
  const messages: object[] = [{ role: 'user', content: prompt }]
  for (let turn = 0; turn < 10; turn++) {
    const { content } = await anthropic.messages.create({ model, max_tokens: 1024, messages, tools })
    const calls = content.filter(({ type }) => type === 'tool_use')
    if (calls.length === 0) return content.map(({ text = '' }) => text).join('')
    const results = []
    for (const { id: tool_use_id = '', name = '', input } of calls) {
      const outcome = await user.run(name, input, { callId: tool_use_id })
      const is_error = outcome.status === 'failed' || outcome.status === 'action_required'
      results.push({ type: 'tool_result', tool_use_id, is_error, content: JSON.stringify(outcome) })
    }
    messages.push({ role: 'assistant', content }, { role: 'user', content: results })
  }
  throw new Error('the model did not come to an end')
}
