// The practice provider in a process of its own, and the hand on its knobs.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { FaultsAsked, Redemption } from '../../sandbox/faults.ts'
import type { SandboxClient } from '../../sandbox/oauth.ts'
import type { State } from '../../sandbox/rig.ts'
import { program } from '../children.ts'

const controlKey = 'faults-control-key'
const preload = `--import=${new URL('../follow-parent.mjs', import.meta.url)}`

export type Minted = { grant: string; access_token: string; refresh_token: string }

export async function startProvider(port: number, folder: string) {
  const log = openSync(join(folder, 'provider.log'), 'a', 0o600)
  const child: ChildProcess = spawn(process.execPath, [preload, program('sandbox/main.ts')], {
    env: {
      ...process.env,
      BEHALF_SANDBOX_PORT: String(port),
      BEHALF_SANDBOX_CONTROL_KEY: controlKey,
    },
    stdio: ['pipe', log, log],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  let client: SandboxClient | undefined

  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/_control/${path}`, {
      method,
      headers: { 'x-sandbox-control': controlKey, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`provider: ${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }

  const giveUpAt = performance.now() + 30_000
  while (
    !(await fetch(url).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || performance.now() > giveUpAt)
      throw new Error('the practice provider did not start')
    await wait(30)
  }

  const provider = {
    url,
    faults: async (faults: FaultsAsked): Promise<void> => void (await control('POST', 'faults', faults)),
    reset: async (): Promise<void> => void (await control('POST', 'reset', {})),
    /** As `reset`, and without what was written there. */
    clear: async (): Promise<void> => void (await control('POST', 'reset', { data: true })),
    state: async () => (await control('GET', 'state')) as State,
    redemptions: async () =>
      ((await control('GET', 'redemptions')) as { redemptions: Redemption[] }).redemptions,
    /** The grants of which a token is still good, in its own books. */
    liveGrants: async () => new Set(((await control('GET', 'grants')) as { live: string[] }).live),
    /** Makes somebody else its client. @returns the name of that client, whose tokens are not ours to revoke */
    async stranger(): Promise<string> {
      const fields = { client_secret: 'of-somebody-else', redirect_uris: ['https://stranger.test/back'] }
      await control('PUT', 'clients/stranger', fields)
      return 'stranger'
    },
    revokeUser: async (user: string): Promise<void> => void (await control('POST', 'revoke_user', { user })),

    /** Makes us its client. */
    async register(registered: SandboxClient): Promise<void> {
      client = registered
      const { client_id, ...fields } = registered
      await control('PUT', `clients/${client_id}`, fields)
    },
    /** Grants with tokens of their own, as if so many people had agreed. */
    mint: async (count: number, user = 'ana', clientId = client?.client_id): Promise<Minted[]> => {
      const asked = { client_id: clientId, user, count }
      return ((await control('POST', 'grants', asked)) as { grants: Minted[] }).grants
    },
    /** A refresh as our client would ask for it, without any of our product in between. */
    refreshDirectly: (refreshToken: string): Promise<Response> =>
      fetch(`${url}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${client?.client_id}:${client?.client_secret}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
      }),

    stop(): Promise<void> {
      child.kill('SIGKILL')
      return ended
    },
  }
  return provider
}
