import type { LanguageModel } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import type { ToolOutcome } from '../../index.ts'
import { follow, type Turn } from './script.ts'

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

export function scriptedAiSdk(turns: readonly Turn[]): LanguageModel {
  let nth = 0
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt, tools = [] }) => {
      const parts = prompt.flatMap((message) => (message.role === 'tool' ? message.content : []))
      const read = parts.flatMap((part) =>
        part.type === 'tool-result' && 'value' in part.output ? [part.output.value as ToolOutcome] : [],
      )
      const { text, call } = follow(turns, nth++, { tools, read })
      return call
        ? {
            content: [
              {
                type: 'tool-call',
                toolCallId: call.id,
                toolName: call.name,
                input: JSON.stringify(call.params),
              },
            ],
            finishReason: { unified: 'tool-calls', raw: undefined },
            usage,
            warnings: [],
          }
        : {
            content: [{ type: 'text', text: text ?? '' }],
            finishReason: { unified: 'stop', raw: undefined },
            usage,
            warnings: [],
          }
    },
  })
}
