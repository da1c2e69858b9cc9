import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { type Part, parts, specsOf } from './scripts/testing/e2e-parts.ts'
import { prepareInstance } from './scripts/testing/instance.ts'

const { baseURL, browser, env } = await prepareInstance()

// What Playwright turns off, without ThirdPartyStoragePartitioning: the tests are about pages inside other people's
// pages, and must see the storage such pages get in a real browser. The last of two equal switches counts.
const disabledFeatures = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
]

const canary = '**/canary.spec.ts'
const part = parts.find((name) => name === process.env.BEHALF_E2E_PART)

/** Each ends with the canary, which looks at what all the others left behind, whether they passed or not. */
const projectOf = (name: Part) => {
  const { testMatch, testIgnore = [] } = specsOf(name)
  return { name, testMatch, testIgnore: [canary, ...testIgnore], teardown: 'canary' }
}

export default defineConfig({
  testDir: 'e2e',
  projects: [...(part ? [part] : parts).map(projectOf), { name: 'canary', testMatch: canary }],
  outputDir: join('test-results', part ?? 'all'),
  workers: 1,
  // Three parts share a machine of two cores: a test takes thrice as long there as alone, and what hangs ends anyway.
  timeout: 120_000,
  // A machine with two cores that runs server, provider, database and browser is slow at times; what waits ends anyway.
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
  // What fails once and passes then does not hold up everything else; the end of the run names it (scripts/test.ts).
  retries: process.env.CI ? 1 : 0,
  reporter: [
    ['list'],
    ...(process.env.BEHALF_E2E_REPORT
      ? [['json', { outputFile: process.env.BEHALF_E2E_REPORT }] as const]
      : []),
  ],
  use: {
    baseURL,
    // A trace of every test would cost a third of the time; one is taken by `--trace=on` where it is wanted.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: browser.executablePath,
      env: { ...(process.env as Record<string, string>), ...browser.env },
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--disable-features=${disabledFeatures.join(',')}`,
        '--enable-features=ThirdPartyStoragePartitioning',
      ],
    },
  },
  webServer: {
    command: `"${process.execPath}" scripts/serve.ts`,
    url: `${baseURL}/readyz`,
    env,
    timeout: 300_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    stdout: process.env.BEHALF_E2E_VERBOSE ? 'pipe' : 'ignore',
    stderr: 'pipe',
  },
})
