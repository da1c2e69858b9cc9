import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { generateIfStale } from '../generate.ts'
import { migrate } from '../migrate.ts'
import { startPostgres } from '../postgres.ts'

export type Cluster = { adminUrl: string; stop: () => Promise<void> }

/** A database of this version in a folder of its own, and this process as one of the product's. */
export async function openCluster(folder: string): Promise<Cluster> {
  await generateIfStale()
  mkdirSync(folder, { recursive: true })
  // As root, the database runs as another user, who must get there.
  chmodSync(folder, 0o711)
  const postgres = await startPostgres({ dataDir: folder, throwaway: true })
  const urls = { adminUrl: await postgres.adminUrl('scale'), runtimeUrl: postgres.runtimeUrl('scale') }
  Object.assign(process.env, {
    DATABASE_URL: urls.runtimeUrl,
    BEHALF_DATA_DIR: folder,
    BEHALF_MASTER_KEY: randomBytes(32).toString('base64'),
    BEHALF_SESSION_SECRET: randomBytes(32).toString('base64url'),
  })
  try {
    await migrate(urls)
  } catch (error) {
    await postgres.stop()
    throw error
  }
  return {
    adminUrl: urls.adminUrl,
    stop: async () => {
      const { disconnect } = await import('#lib/db')
      await disconnect()
      await postgres.stop()
    },
  }
}
