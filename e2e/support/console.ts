// What the specs of the console share: a way in, and a hand in the database for states that take long to come about.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { Client } from 'pg'
import { root } from '../../scripts/install.mjs'
import { instance, instanceEnv } from '../../scripts/testing/instance.ts'
import type { Answered, Asked } from '../../scripts/testing/operator.ts'

let operator: ChildProcess | undefined
let before: Promise<unknown> = Promise.resolve()

/** Runs one of the operator's commands as `npm run behalf` does, after those that run. @returns what it printed last */
function run(words: string[]): Promise<string> {
  const done = before.then(async () => {
    operator ??= startOperator()
    operator.send({ words } satisfies Asked)
    const [{ code, printed, complained }] = (await once(operator, 'message')) as [Answered]
    if (code !== 0) throw new Error(complained.join(' '))
    return printed.at(-1) ?? ''
  })
  before = done.catch(() => {})
  return done
}

function startOperator(): ChildProcess {
  const child = fork(join(root, 'scripts/testing/operator.ts'), {
    env: { ...process.env, ...instanceEnv(), LOG_LEVEL: 'silent' },
    execArgv: [],
  })
  // It ends with the process that started it, and does not hold it.
  child.unref()
  child.channel?.unref()
  return child
}

/** A link that the command line prints for an admin. @param org makes them an admin of that org alone */
export function signInLink(email: string, org?: string): Promise<string> {
  return run(['sign-in-link', '--email', email, ...(org === undefined ? [] : ['--org', org])])
}

/** Signs an admin in by such a link. */
export async function signIn(page: Page, email: string, org?: string): Promise<void> {
  await page.goto(await signInLink(email, org))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/console(?!\/sign-in)(\/[^/]+)?$/)
}

/** One statement past row-level security. @returns the rows that it answers with */
export async function asSuperuser(
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: instance().databaseAdminUrl })
  await client.connect()
  try {
    return (await client.query(text, [...values])).rows
  } finally {
    await client.end()
  }
}
