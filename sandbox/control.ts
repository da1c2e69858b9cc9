import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors } from 'oidc-provider'
import { z } from 'zod'
import { answer, BodyTooLarge, type Reply, readText } from './answer.ts'
import type { Control } from './faults.ts'
import type { Keys } from './keys.ts'
import { clientSchema, type OAuth } from './oauth.ts'
import { findPerson } from './people.ts'
import { scopes } from './scopes.ts'
import type { Store } from './store.ts'
import type { TaskData } from './tasks.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

const isLoopbackPeer = (address: string | undefined) =>
  address === '::1' || /^(::ffff:)?127\./.test(address ?? '')

const problem = (status: number, code: string, message: string): Reply => ({
  status,
  body: { error: { code, message } },
})

const newGrants = z.strictObject({
  client_id: z.string().min(1),
  user: z.string().min(1),
  scope: z.string().default(Object.keys(scopes).join(' ')),
  count: z.int().min(1).max(20_000),
})

/**
 * The control endpoint: what tests and the demo use to bend the provider and to see what it received.
 * Without a key it does not exist. Its state holds raw requests, credentials included: practice data only.
 */
export function createControlEndpoint(parts: {
  key: string | undefined
  control: Control
  oauth: OAuth
  keys: Keys
  store: Store
  data: Pick<TaskData, 'reset'>
}) {
  const { key, control, oauth, keys, store, data } = parts

  function state(): Reply {
    const redemptions = control.counters.refresh_redemptions
    const refresh_redemptions_max = Math.max(0, ...Object.values(redemptions))
    return { status: 200, body: { ...control.counters, refresh_redemptions_max, faults: control.faults } }
  }

  async function run(req: IncomingMessage, path: string): Promise<Reply> {
    const action = `${req.method} ${path}`
    if (action === 'GET /_control/state') return state()
    const text = await readText(req)
    const body: unknown = text === '' ? {} : JSON.parse(text)
    const clientId = /^PUT \/_control\/clients\/([^/]+)$/.exec(action)?.[1]
    if (clientId !== undefined) {
      const fields = z.record(z.string(), z.unknown()).parse(body)
      await oauth.putClient(clientSchema.parse({ ...fields, client_id: decodeURIComponent(clientId) }))
      return { status: 204 }
    }
    switch (action) {
      case 'GET /_control/redemptions':
        return { status: 200, body: { redemptions: control.redemptions } }
      case 'GET /_control/grants':
        return { status: 200, body: { live: store.liveGrants() } }
      case 'POST /_control/grants': {
        const asked = newGrants.parse(body)
        const person = findPerson(asked.user)
        if (!person) return problem(404, 'not_found', 'there is no such practice user')
        const { client_id: clientId, scope, count } = asked
        return {
          status: 200,
          body: { grants: await oauth.mintGrants({ clientId, accountId: person.id, scope, count }) },
        }
      }
      case 'POST /_control/faults':
        control.set(body)
        return { status: 200, body: control.faults }
      case 'POST /_control/reset':
        if (z.strictObject({ data: z.boolean().default(false) }).parse(body).data) data.reset()
        control.reset()
        return { status: 204 }
      case 'POST /_control/revoke_user': {
        const person = findPerson(z.strictObject({ user: z.string() }).parse(body).user)
        if (!person) return problem(404, 'not_found', 'there is no such practice user')
        return { status: 200, body: { revoked: store.revokeAccount(person.id) } }
      }
      case 'POST /_control/keys':
        return keys.issue(body)
      case 'POST /_control/keys/revoke':
        return {
          status: 200,
          body: { revoked: keys.revoke(z.strictObject({ id: z.string() }).parse(body).id) },
        }
      case 'POST /_control/security_event':
        return oauth.securityEvent(body)
      default:
        return problem(404, 'not_found', 'there is no such control')
    }
  }

  async function guarded(req: IncomingMessage, path: string): Promise<Reply> {
    if (key === undefined || !isLoopbackPeer(req.socket.remoteAddress)) {
      return problem(404, 'not_found', 'there is no such address')
    }
    const given = req.headers['x-sandbox-control']
    if (typeof given !== 'string' || !timingSafeEqual(digest(given), digest(key))) {
      return problem(401, 'bad_control_key', 'send the control key in X-Sandbox-Control')
    }
    try {
      return await run(req, path)
    } catch (error) {
      if (error instanceof SyntaxError) return problem(400, 'invalid_json', 'the body is not JSON')
      if (error instanceof BodyTooLarge) return problem(413, 'too_large', 'the body is larger than 64 KB')
      if (error instanceof z.ZodError) return problem(422, 'invalid_input', z.prettifyError(error))
      if (error instanceof errors.InvalidClientMetadata) {
        return problem(422, 'invalid_client_metadata', error.error_description ?? error.message)
      }
      throw error
    }
  }

  return async (req: IncomingMessage, res: ServerResponse, path: string): Promise<void> => {
    answer(res, await guarded(req, path))
  }
}
