// A loop over OpenAI's Responses: `new OpenAI()` of the package `openai` is what `openai` stands for.
import type { BehalfClient, ToolsFor } from '../index.ts'

type Item = { type: string; call_id?: string; name?: string; arguments?: string }
export type OpenAi = {
  responses: { create(request: object): Promise<{ output: Item[]; output_text: string }> }
}
type Asked = { behalf: BehalfClient; openai: OpenAi; model: string; who: ToolsFor; prompt: string }

export async function ask({ behalf, openai, model, who, prompt }: Asked): Promise<string> {
  const user = await behalf.tools.get(who)
  const tools = user.format('openai_responses')
  const input: object[] = [{ role: 'user', content: prompt }]
  for (let turn = 0; turn < 10; turn++) {
    const { output, output_text } = await openai.responses.create({ model, input, tools })
    const calls = output.filter(({ type }) => type === 'function_call')
    if (calls.length === 0) return output_text
    input.push(...output)
    for (const { call_id = '', name = '', arguments: params } of calls) {
      const outcome = await user.run(name, params, { callId: call_id })
      input.push({ type: 'function_call_output', call_id, output: JSON.stringify(outcome) })
    }
  }
  throw new Error('the model did not come to an end')
}
