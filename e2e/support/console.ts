// What the specs of the console share: a way in, and a hand in the database for states that take long to come about.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { Client } from 'pg'
import { root } from '../../scripts/install.mjs'
import { instance, instanceEnv } from '../../scripts/testing/instance.ts'

/** A link that the command line prints for an admin. @param org makes them an admin of that org alone */
export async function signInLink(email: string, org?: string): Promise<string> {
  const words = ['sign-in-link', '--email', email, ...(org === undefined ? [] : ['--org', org])]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'scripts/behalf.ts'), ...words],
    { env: { ...process.env, ...instanceEnv(), LOG_LEVEL: 'silent' } },
  )
  return stdout.trim().split('\n').at(-1) ?? ''
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
