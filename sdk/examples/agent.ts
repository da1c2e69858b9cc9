// An agent with an identity of its own: no secret key in its reach, but tokens that last for minutes.
import { agentToken, createClient } from '../index.ts'

export const asAgent = (baseUrl: string, clientId: string, secret: string) =>
  createClient({ baseUrl, key: agentToken({ baseUrl, clientId, credential: secret }) })

/** @param assertion what your backend signs for its user, anew each time */
export const onBehalfOf = (
  baseUrl: string,
  clientId: string,
  secret: string,
  assertion: () => Promise<string>,
) =>
  createClient({
    baseUrl,
    key: agentToken({
      baseUrl,
      clientId,
      credential: secret,
      onBehalfOf: async () => ({ type: 'jwt', token: await assertion() }),
    }),
  })
