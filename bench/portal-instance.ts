// What the measures of the portal run against: a real instance with the practice provider, and a host's page.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { program } from '../scripts/children.ts'
import type { Instance } from '../scripts/testing/instance.ts'
import type { Programs } from './programs.ts'

export type Portal = {
  publicUrl: string
  /** A session like a host's backend makes one. @returns its links */
  invite: () => Promise<{ id: string; url: string; hosted_url: string }>
  /** A page with embed.js and buttons for it. On this machine's same name as the portal, so that one process shows both. */
  hostUrl: string
  stop: () => Promise<void>
}

export async function startPortal(programs: Programs, folder: string, ports: number[]): Promise<Portal> {
  const [port = 0, sandboxPort = 0, demoPort = 0] = ports
  const instanceFile = join(folder, 'portal.json')
  const inherited = Object.entries(process.env).filter(([name]) => !/^(BEHALF_|DATABASE_URL$)/.test(name))
  const rootKey = randomBytes(32).toString('base64url')
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    NODE_ENV: 'production',
    PORT: String(port),
    HOST: '127.0.0.1',
    BEHALF_DATA_DIR: join(folder, 'portal-data'),
    BEHALF_INSTANCE_FILE: instanceFile,
    BEHALF_ROOT_KEY: rootKey,
    BEHALF_SANDBOX: 'on',
    BEHALF_SANDBOX_PORT: String(sandboxPort),
    BEHALF_DEMO_PORT: String(demoPort),
  }
  await programs.spawn('portal', [program('scripts/serve.ts')], env, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`)
    await response.arrayBuffer()
    return response.ok || undefined
  })
  const { publicUrl } = JSON.parse(readFileSync(instanceFile, 'utf8')) as Instance
  const host = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end(hostPage(publicUrl))
  })
  await new Promise<void>((done) => host.listen(0, 'localhost', done))
  const hostUrl = `http://localhost:${(host.address() as AddressInfo).port}`
  let users = 0
  return {
    publicUrl,
    hostUrl,
    invite: async () => {
      const response = await fetch(`${publicUrl}/api/v1/connect_sessions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          org_id: 'bench',
          user_id: `bench-${users++}`,
          scopes: { sandbox: ['tasks:read', 'tasks:write'] },
          purpose: 'Keep your tasks in step with your meetings',
          embed_origins: [hostUrl],
        }),
      })
      if (!response.ok) throw new Error(`no session: ${response.status} ${await response.text()}`)
      return (await response.json()) as { id: string; url: string; hosted_url: string }
    },
    stop: async () => {
      host.closeAllConnections()
      await new Promise((done) => host.close(done))
    },
  }
}

/** `window.url` is where the session's link is put before a button is pressed. */
const hostPage = (publicUrl: string) => `<!doctype html><meta name="viewport" content="width=device-width">
<title>Host</title><script src="${publicUrl}/embed.js"></script>
<button id="popup">Popup</button> <button id="frame">Frame</button><div id="at"></div>
<script>
const fetchSession = async () => ({ url: window.url })
document.querySelector('#popup').onclick = () => Behalf.createConnect({ fetchSession, mode: 'popup' }).open()
document.querySelector('#frame').onclick = () =>
  Behalf.createConnect({ fetchSession, container: document.querySelector('#at') }).open()
</script>`
