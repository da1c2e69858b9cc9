import { isLocalRedirect } from './clients/rules.ts'
import type { AskingClient, ClientKind } from './interaction.ts'

/** How a client came to be known is told by what it is called. */
export const kindOf = (clientId: string): ClientKind =>
  clientId.startsWith('ag_') ? 'agent' : clientId.startsWith('https://') ? 'cimd' : 'dcr'

/** A client as a person is to see it. @param redirectUri where the answer goes; `undefined` for a device */
export function askingClient(
  client: { clientId: string; clientName?: string | undefined; clientUri?: string | undefined },
  redirectUri: string | undefined,
): AskingClient {
  const url = redirectUri === undefined ? null : URL.parse(redirectUri)
  return {
    kind: kindOf(client.clientId),
    clientId: client.clientId,
    name: client.clientName ?? 'Unnamed client',
    uri: client.clientUri?.startsWith('https://') ? client.clientUri : null,
    redirectHost: url ? url.host || url.protocol.slice(0, -1) : null,
    local: redirectUri !== undefined && isLocalRedirect(redirectUri),
  }
}
