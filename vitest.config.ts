import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// `server-only` refuses to load without this condition; both Vite and the Node below it resolve packages.
const conditions = ['react-server', 'node', 'development|production']
const shared = { execArgv: ['--conditions=react-server'], pool: 'forks' as const }
const exclude = ['**/node_modules/**', '**/.next/**', 'e2e/**', 'lib/db/generated/**']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['react-server', 'node', 'module-sync'] } },
  test: {
    // One less than the cores is the default: on two cores, one file after the other, though most of them wait for a database.
    maxWorkers: Math.max(4, availableParallelism()),
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          // Nothing here is timed: a busy machine takes its time.
          testTimeout: 30_000,
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...exclude, '**/*.db.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'db',
          include: ['**/*.db.test.ts'],
          exclude,
          globalSetup: ['scripts/testing/setup.cluster.ts'],
          setupFiles: ['scripts/testing/setup.database.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
