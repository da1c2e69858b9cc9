// The README's five minutes, pasted word by word into one shell; only the origin, the key and the code are replaced, as
// the reader replaces them.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/install.mjs'
import { instance } from '../scripts/testing/instance.ts'
import { decideAtSandbox, expect, test } from './support/test.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/^```sh five-minutes\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '')

/** A shell that stays open between two pastes, as the reader's does. */
class Shell {
  // Playwright asks its children for colours, which a reader's terminal shows and a test does not expect.
  readonly #child: ChildProcessWithoutNullStreams = spawn('sh', {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'production' },
  })
  #output = ''
  #errors = ''
  #pastes = 0

  constructor() {
    this.#child.stdout.on('data', (chunk) => (this.#output += chunk))
    this.#child.stderr.on('data', (chunk) => (this.#errors += chunk))
  }

  /** @returns what the block printed; fails when its last command did, or anything complained */
  async paste(block: string): Promise<string> {
    const mark = `--- pasted ${++this.#pastes}:`
    this.#output = ''
    this.#child.stdin.write(`${block}printf '\\n%s\\n' "${mark} $?"\n`)
    await expect.poll(() => this.#output, { timeout: 30_000 }).toContain(mark)
    const [printed = '', status] = this.#output.split(`\n${mark} `)
    expect({ status: status?.trim(), errors: this.#errors }, block).toEqual({ status: '0', errors: '' })
    return printed.trim()
  }

  close(): void {
    this.#child.kill()
  }
}

/** The block with the reader's own value in the one place that asks for it. */
function filled(block: string | undefined, placeholder: string, value: string): string {
  expect(block).toContain(placeholder)
  return block?.replace(placeholder, value) ?? ''
}

test("the README's five-minute path does what it says when it is pasted", async ({ page, sandbox }) => {
  expect(blocks).toHaveLength(8)
  const [key, api, invite, code, confirm, execute, audit, revoke] = blocks
  const shell = new Shell()
  try {
    await shell.paste(filled(key, 'bhf_sk_…', instance().secretKey ?? ''))
    await shell.paste(filled(api, 'http://localhost:3000', instance().publicUrl))

    await page.goto(await shell.paste(invite ?? ''))
    for (const name of ['Approve', 'Ana Souza', 'Allow']) expect(readme).toContain(`**${name}**`)
    await page.getByRole('button', { name: 'Approve' }).click()
    await decideAtSandbox(page, { person: 'Ana Souza' })
    const shown = page.getByText(/^bhf_cc_/)
    await expect(shown).toBeVisible()
    await shell.paste(filled(code, 'bhf_cc_…', (await shown.textContent()) ?? ''))

    expect(await shell.paste(confirm ?? '')).toMatch(/^ca_[0-9a-f]{32}$/)
    expect(await shell.paste(execute ?? '')).toMatch(/^\[\s+'[^']+'/)

    const [events, whole] = (await shell.paste(audit ?? '')).split(/\n(?=true|false)/)
    expect(whole).toBe('true')
    expect(events).toMatch(/'\d+ tool\.executed allowed',\s+'\d+ connection\.created allowed'/)

    const calls = (await sandbox.state()).api
    expect((await shell.paste(revoke ?? '')).split('\n')).toEqual(['revoked', 'reauthorization_required'])
    expect(readme).toContain('It prints `revoked` and `reauthorization_required`.')
    expect((await sandbox.state()).api).toEqual(calls)
  } finally {
    shell.close()
  }
})
