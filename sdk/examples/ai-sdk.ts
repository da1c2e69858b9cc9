// The Vercel AI SDK. `node sdk/examples/ai-sdk.ts` runs it against a running instance, with a model that follows a script.
import { generateText, isStepCount, type LanguageModel } from 'ai'
import { toolSet } from '../ai-sdk/index.ts'
import type { BehalfClient, ToolsFor } from '../index.ts'
import { scriptedAiSdk } from './scripted/ai-sdk.ts'
import { practice } from './scripted/practice.ts'

type Asked = { behalf: BehalfClient; model: LanguageModel; who: ToolsFor; prompt: string }

export async function ask({ behalf, model, who, prompt }: Asked): Promise<string> {
  const user = await behalf.tools.get(who)
  const { text } = await generateText({ model, prompt, tools: toolSet(user), stopWhen: isStepCount(10) })
  return text
}

if (import.meta.main) {
  const { turns, ...asked } = practice()
  console.log(await ask({ ...asked, model: scriptedAiSdk(turns) }))
}
