import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../temporary.ts'

// The public conformance suite, against the endpoint that serves the product's tools (STACK.md pins its version).
const suite = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/package.json')).replace(
  'package.json',
  'dist/index.js',
)
const expectedFailures = fileURLToPath(new URL('./expected-failures.yml', import.meta.url))

let fixture: { url: string; close: () => Promise<void> }

beforeAll(async () => {
  Object.assign(process.env, {
    BEHALF_SESSION_SECRET: 'x'.repeat(40),
    DATABASE_URL: 'postgres://nobody:nobody@127.0.0.1:1/none',
    BEHALF_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
  })
  const { startFixture } = await import('./fixture.ts')
  fixture = await startFixture()
}, 30_000)
afterAll(() => fixture.close())

const conformance = (revision: string): Promise<{ status: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const args = ['server', '--url', fixture.url, '--requirements', revision, '-o', temporaryFolder()]
    const child = spawn(process.execPath, [suite, ...args, '--expected-failures', expectedFailures])
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
  })

test.each(['2026-07-28', '2025-11-25'])(
  'does all that revision %s requires of a server, but for what is listed with its reason',
  async (revision) => {
    const { status, output } = await conformance(revision)
    const passed = [...output.matchAll(/^✓ [\w-]+: [1-9]\d* passed, 0 failed$/gm)].length
    expect(status, output).toBe(0)
    // A suite that runs nothing fails nothing.
    expect(passed).toBeGreaterThanOrEqual(revision === '2026-07-28' ? 37 : 26)
  },
  60_000,
)
