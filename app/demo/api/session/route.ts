import { action, northwind, org, ownOrigin, pass, people } from '../../host.ts'

/** Invites the signed-in user to connect; the page gets the link, never the key. */
export const POST = action(async ({ user }) => {
  const origin = await ownOrigin()
  const answer = await northwind().createSession({
    org_id: org,
    user_id: user,
    user: people[user],
    connectors: ['sandbox'],
    purpose: 'Show your tasks in Northwind and keep them up to date.',
    return_url: `${origin}/demo/return`,
    embed_origins: [origin],
  })
  if (answer.status !== 201) return pass(answer)
  const { url, expires_at } = answer.body as { url: string; expires_at: string }
  return pass({ status: 201, body: { url, expires_at } })
})
