// A client that says who it is by a document at an address of its own (client ID metadata document).
import { createServer } from 'node:https'
import { clientsTls, helperPorts } from '../../../scripts/testing/instance.ts'

/** @param redirectUri where the client is answered */
export async function startClientDocument(name: string, redirectUri: string) {
  const port = helperPorts().clients
  const url = `https://localhost:${port}/client.json`
  const document = {
    client_id: url,
    client_name: name,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  const server = createServer(clientsTls(), (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    url,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((done) => server.close(() => done()))
    },
  }
}
