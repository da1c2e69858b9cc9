// The public conformance suite's scenarios of an authorization server, with a person who decides in a real browser. Those
// of an MCP server run without one: scripts/testing/mcp.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../scripts/install.mjs'
import { freePort } from '../scripts/postgres.ts'
import { instance } from '../scripts/testing/instance.ts'
import { allow, mcpUrl, startProduct } from './support/mcp/person.ts'
import { connectedAccount, expect, freshUser, test } from './support/test.ts'

const org = 'e2e-conformance'

for (const revision of ['2025-11-25', '2026-07-28'])
  test(`the authorization server conforms to ${revision}`, async ({ page, api }) => {
    const product = await startProduct(api, org)
    const user = freshUser()
    await connectedAccount(page, api, { org, user })
    product.signIn(user)
    const port = (await freePort(0)) ?? 0
    const issuer = `${instance().publicUrl}/oauth`
    const registered = await fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Conformance',
        redirect_uris: [`http://127.0.0.1:${port}/callback`],
      }),
    })
    const { client_id: clientId } = await registered.json()
    const words = ['--client-id', clientId, '--resource', mcpUrl(org), '--port', String(port)]
    const child = spawn(join(root, 'node_modules/.bin/conformance'), [
      'authorization',
      ...['--url', issuer, '--spec-version', revision, ...words],
    ])
    let said = ''
    let asked = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
      asked ||= /^http\S+\/oauth\/authorize\S+$/m.exec(said)?.[0] ?? ''
    })
    const ended = new Promise<number | null>((done) => child.once('exit', done))
    try {
      await expect.poll(() => asked, { timeout: 20_000 }).not.toBe('')
      await allow(page, asked)
      expect(await ended, said).toBe(0)
      expect(said).toMatch(/authorization-code-grant[^\n]*passed/)
    } finally {
      child.kill()
      await product.close()
    }
  })
