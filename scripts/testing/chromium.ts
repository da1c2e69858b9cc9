// Finds a Chromium for the browser tests: the one asked for, Playwright's own, the one that the npm package
// @sparticuz/chromium carries, or the system's. The carried one needs no download beyond npm itself, is the same on
// every machine, and as it has no windows to draw it takes two thirds of the processor time of a desktop's.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { root } from '../install.mjs'

export type Browser = { executablePath: string; env?: Record<string, string> }

const system = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * @throws Error that says what to install when none is found or none starts
 */
export async function findChromium(): Promise<Browser> {
  const asked = process.env.CHROMIUM_PATH
  if (asked) {
    if (starts({ executablePath: asked })) return { executablePath: asked }
    throw new Error(`CHROMIUM_PATH ${asked} does not start: set it to a Chromium or Chrome that does`)
  }
  const installed = (executablePath: string) => existsSync(executablePath) && starts({ executablePath })
  const own = chromium.executablePath()
  if (installed(own)) return { executablePath: own }
  const carried = await unpackCarried().catch(() => undefined)
  if (carried && starts(carried)) return carried
  for (const executablePath of system) if (installed(executablePath)) return { executablePath }
  throw new Error(
    'no Chromium for the browser tests: run `npx playwright install chromium` (macOS, Windows, Ubuntu) or ' +
      '`apt-get install -y chromium` (Debian), or set CHROMIUM_PATH to a Chromium or Chrome you have',
  )
}

const starts = ({ executablePath, env }: Browser): boolean =>
  spawnSync(executablePath, ['--version'], { env: { ...process.env, ...env }, timeout: 20_000 }).status === 0

/** Linux only: the binary in the package, with the libraries it brings for systems that have none of a desktop. */
async function unpackCarried(): Promise<Browser> {
  if (process.platform !== 'linux') throw new Error('the carried Chromium is for Linux')
  // The package unpacks below the temporary folder and trusts what lies there: give it one nobody else writes to.
  const folder = join(root, 'node_modules/.cache/chromium')
  const complete = join(folder, 'complete')
  if (!existsSync(complete)) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    if (tmpdir() !== folder) throw new Error('the temporary folder cannot be chosen here')
    const { default: carried, inflate } = await import('@sparticuz/chromium')
    const executablePath = await carried.executablePath()
    const libraries = await inflate(join(root, 'node_modules/@sparticuz/chromium/bin/al2023.tar.br'))
    writeFileSync(complete, '')
    // The system's fonts where it has any: the package brings one, for Latin.
    const env: Record<string, string> = existsSync('/etc/fonts/fonts.conf')
      ? {}
      : { FONTCONFIG_PATH: join(folder, 'fonts') }
    if (starts({ executablePath, env })) return { executablePath, env }
    return { executablePath, env: { ...env, LD_LIBRARY_PATH: join(libraries, 'lib') } }
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}
