import { expect, test } from 'vitest'

process.env.DATABASE_URL ??= 'postgres://nobody:none@127.0.0.1:9/none'
process.env.BEHALF_SESSION_SECRET ??= 'a secret of at least thirty-two characters'
process.env.BEHALF_MASTER_KEY ??= Buffer.alloc(32, 7).toString('base64')
delete process.env.BEHALF_TRUSTED_PROXIES
const [{ publicMetadata }, { algorithms }] = await Promise.all([
  import('./metadata.ts'),
  import('#lib/identity'),
])

test('names every algorithm that is taken, and no shared key among them', () => {
  const document = publicMetadata()
  for (const endpoint of ['token', 'introspection', 'revocation'] as const)
    expect(document[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toEqual(algorithms)
  expect(document.dpop_signing_alg_values_supported).toEqual(algorithms)
  expect(algorithms.filter((one) => one.startsWith('HS'))).toEqual([])
})

test('promises no tokens bound to certificates where no proxy hands any on', () => {
  expect(publicMetadata().tls_client_certificate_bound_access_tokens).toBe(false)
})
