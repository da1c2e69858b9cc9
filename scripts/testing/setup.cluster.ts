// Vitest global setup of the database tests: one throwaway cluster, and in it a template that is migrated once.
import { rmSync } from 'node:fs'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../migrate.ts'
import { startPostgres } from '../postgres.ts'
import { throwawayFolder } from './throwaway.ts'

export type Cluster = { adminUrl: string; runtimeUrl: string; template: string }

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: Cluster
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = throwawayFolder('behalf-db-test-')
  const postgres = await startPostgres({ dataDir, throwaway: true })
  const template = 'behalf_template'
  const adminUrl = await postgres.adminUrl(template)
  await migrate({ adminUrl, runtimeUrl: postgres.runtimeUrl(template) })
  await seal(adminUrl, template)
  project.provide('cluster', { adminUrl, runtimeUrl: postgres.runtimeUrl(template), template })
  return async () => {
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** A database can be copied only while nobody is connected to it: say so instead of failing at random. */
async function seal(adminUrl: string, template: string): Promise<void> {
  const url = new URL(adminUrl)
  url.pathname = '/postgres'
  const client = new Client({ connectionString: url.href })
  await client.connect()
  await client.query(`ALTER DATABASE ${template} IS_TEMPLATE true ALLOW_CONNECTIONS false`)
  await client.end()
}
