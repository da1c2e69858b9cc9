// LangChain JS with LangGraph's agent. `node sdk/examples/langchain.ts` runs it against a running instance, with a model
// that follows a script.
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { createReactAgent } from '@langchain/langgraph/prebuilt'
import type { BehalfClient, ToolsFor } from '../index.ts'
import { structuredTools } from '../langchain/index.ts'
import { scriptedLangChain } from './scripted/langchain.ts'
import { practice } from './scripted/practice.ts'

type Asked = { behalf: BehalfClient; model: BaseChatModel; who: ToolsFor; prompt: string }

export async function ask({ behalf, model, who, prompt }: Asked): Promise<string> {
  const user = await behalf.tools.get(who)
  const agent = createReactAgent({ llm: model, tools: structuredTools(user) })
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: prompt }] })
  return messages.at(-1)?.text ?? ''
}

if (import.meta.main) {
  const { turns, ...asked } = practice()
  console.log(await ask({ ...asked, model: scriptedLangChain(turns) }))
}
