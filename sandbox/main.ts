import { z } from 'zod'
import { clientSchema } from './oauth.ts'
import { startSandbox } from './server.ts'

const env = z
  .object({
    BEHALF_SANDBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(4100),
    BEHALF_SANDBOX_HOST: z.string().default('127.0.0.1'),
    BEHALF_SANDBOX_ISSUER: z.url().optional(),
    BEHALF_SANDBOX_CONTROL_KEY: z.string().min(16).optional(),
    BEHALF_SANDBOX_CLIENTS: z
      .string()
      .default('[]')
      .transform((text) => JSON.parse(text))
      .pipe(z.array(clientSchema)),
  })
  .parse(process.env)

const sandbox = await startSandbox({
  port: env.BEHALF_SANDBOX_PORT,
  host: env.BEHALF_SANDBOX_HOST,
  ...(env.BEHALF_SANDBOX_ISSUER === undefined ? {} : { issuer: env.BEHALF_SANDBOX_ISSUER }),
  clients: env.BEHALF_SANDBOX_CLIENTS,
  controlKey: env.BEHALF_SANDBOX_CONTROL_KEY,
})
console.log(`Acme Tasks (practice provider) ready on ${sandbox.url}`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0))
  })
}
