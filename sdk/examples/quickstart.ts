// What a product's backend does: invite a user, vouch for who finished, run a tool.
import { BehalfError, createClient } from '../index.ts'

const behalf = createClient({
  baseUrl: process.env.BEHALF_URL ?? 'http://localhost:3000',
  key: process.env.BEHALF_KEY ?? '',
})

/** When a user wants to connect: send them to `url`. */
export const invite = (user_id: string) =>
  behalf.connectSessions.create({
    org_id: 'acme',
    user_id,
    connectors: ['sandbox'],
    scopes: { sandbox: ['tasks:read', 'tasks:write'] },
  })

/** At your return_url, where the browser arrives with both: say who is signed in there. Only now is the account usable. */
export const finished = (session_id: string, confirmation_code: string, signedIn: { id: string }) =>
  behalf.connectSessions.confirm(session_id, { user_id: signedIn.id, confirmation_code })

/** Somewhere else, such as a command line: however it ends. */
export const connected = async (session_id: string) => {
  const { status, connected_account_id } = await behalf.waitForConnection(session_id)
  return status === 'completed' ? connected_account_id : null
}

export async function remind(user_id: string, title: string) {
  try {
    const answer = await behalf.tools.execute({
      org_id: 'acme',
      user_id,
      tool_name: 'sandbox.create_task',
      params: { title },
    })
    // Where your policy asks people first, the call is made once, as soon as they have approved it.
    if (answer.status === 'pending_approval') return { waitsFor: answer.approval_id }
    return { made: answer.output }
  } catch (error) {
    // The user grants what is missing, or connects again, at this address.
    if (error instanceof BehalfError && error.connectUrl) return { sendTo: error.connectUrl }
    throw error
  }
}
