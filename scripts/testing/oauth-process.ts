// A process of its own that asks the authorization server for tokens, several times at once: what one replica of many
// does. Started by `startTokenProcess`; it shares nothing with its parent but the database.
import { config } from '#lib/config'
import { disconnect } from '#lib/db'
import { answerOauth } from '#runtime'

type Job = { form: Record<string, string>; headers: Record<string, string>; times: number }

process.on('message', async ({ form, headers, times }: Job) => {
  const answers = await Promise.all(
    Array.from({ length: times }, async () => {
      const response = await answerOauth(
        new Request(`${config().publicUrl}/oauth/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
          body: new URLSearchParams(form).toString(),
        }),
      )
      return { status: response.status, body: await response.json() }
    }),
  )
  process.send?.(answers)
})
process.on('disconnect', () => disconnect().finally(() => process.exit()))
process.send?.('ready')
