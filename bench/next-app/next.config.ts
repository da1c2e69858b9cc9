import { join } from 'node:path'
import type { NextConfig } from 'next'

const root = join(import.meta.dirname, '../..')

// As the product's own, where it matters for speed; the modules are those of the repository.
const config: NextConfig = {
  poweredByHeader: false,
  serverExternalPackages: ['undici'],
  turbopack: { root },
  outputFileTracingRoot: root,
}

export default config
