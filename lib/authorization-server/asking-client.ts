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
    redirectHost: url && placeOf(url),
    local: redirectUri !== undefined && isLocalRedirect(redirectUri),
  }
}

/** Of a private-use scheme nothing but its name says where the answer goes: what looks like a host after it is no host. */
const placeOf = ({ protocol, host }: URL): string => (/^https?:$/.test(protocol) ? host : `${protocol}//`)
