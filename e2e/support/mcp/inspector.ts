// The MCP Inspector as a person runs it: its command lines, with what they would open in a browser handed to the test.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../scripts/install.mjs'
import { freePort } from '../../../scripts/postgres.ts'
import { throwawayFolder } from '../../../scripts/testing/throwaway.ts'

type Authorize = (url: string) => Promise<void>
const nobodyAsks: Authorize = (url) => Promise.reject(new Error(`asked for ${new URL(url).pathname} again`))

/** A home of its own: its tokens, its registrations and its daemon are no other test's. */
export async function startInspector() {
  const home = throwawayFolder('behalf-inspector-')
  const opened = join(home, 'opened')
  const browser = join(home, 'browser')
  writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$1" > '${opened}'\n`)
  chmodSync(browser, 0o755)
  const storage = join(home, 'storage')
  mkdirSync(storage)
  const callback = `http://127.0.0.1:${await freePort(0)}/oauth/callback`
  const env = {
    ...process.env,
    HOME: home,
    BROWSER: browser,
    MCP_AUTO_OPEN_ENABLED: 'true',
    MCP_INSPECTOR_SECRET_STORE: 'file',
    MCP_STORAGE_DIR: storage,
    MCP_OAUTH_CALLBACK_URL: callback,
    MCP_INSPECTOR_DAEMON_DIR: join(home, 'daemon'),
  }

  /**
   * Runs a command to its end.
   * @param authorize is given the address that a browser would have opened
   * @returns what it printed as JSON
   */
  async function run(
    name: string,
    words: readonly string[],
    authorize: Authorize,
  ): Promise<Record<string, unknown>> {
    rmSync(opened, { force: true })
    const child = spawn(join(root, 'node_modules/.bin', name), [...words, '--format', 'json'], { env })
    let [out, err, failure]: [string, string, unknown] = ['', '', undefined]
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    const ended = new Promise<number | null>((done) => child.once('exit', done))
    const asked = setInterval(() => {
      const url = existsSync(opened) ? readFileSync(opened, 'utf8').trim() : ''
      if (url === '') return
      clearInterval(asked)
      authorize(url).catch((error: unknown) => {
        failure = error
        child.kill()
      })
    }, 50)
    const code = await ended
    clearInterval(asked)
    if (failure !== undefined) throw failure
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${err}${out}`)
    return JSON.parse(out)
  }

  return {
    /** Where the Inspector is answered. */
    callback,
    /** One method of a server. */
    cli: (words: readonly string[], authorize: Authorize = nobodyAsks) =>
      run('mcp-inspector', ['--cli', ...words], authorize),
    /** One command on a connection that a daemon of its own holds. */
    mcpdo: (words: readonly string[], authorize: Authorize = nobodyAsks) => run('mcpdo', words, authorize),
    close: () => run('mcpdo', ['daemon', 'stop'], nobodyAsks).catch(() => undefined),
  }
}
