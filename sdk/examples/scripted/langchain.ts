import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage, isToolMessage } from '@langchain/core/messages'
import type { ToolOutcome } from '../../index.ts'
import { follow, type Turn } from './script.ts'

/** LangChain itself refuses params that do not fit the schema, in words. */
const outcomeIn = (text: string): ToolOutcome =>
  text.startsWith('{')
    ? (JSON.parse(text) as ToolOutcome)
    : { status: 'failed', code: 'invalid_request', message: text, retryable: false }

class ScriptedChatModel extends BaseChatModel {
  readonly turns: readonly Turn[]
  tools: { name: string }[] = []
  nth = 0

  constructor(turns: readonly Turn[]) {
    super({})
    this.turns = turns
  }

  _llmType() {
    return 'scripted'
  }

  override bindTools(tools: object[]): this {
    this.tools = tools.filter((tool): tool is { name: string } => 'name' in tool)
    return this
  }

  async _generate(messages: BaseMessage[]) {
    const read = messages.filter(isToolMessage).map(({ text }) => outcomeIn(text))
    const { text = '', call } = follow(this.turns, this.nth++, { tools: this.tools, read })
    const tool_calls = call ? [{ id: call.id, name: call.name, args: call.params }] : []
    return { generations: [{ text, message: new AIMessage({ content: text, tool_calls }) }] }
  }
}

export const scriptedLangChain = (turns: readonly Turn[]): BaseChatModel => new ScriptedChatModel(turns)
