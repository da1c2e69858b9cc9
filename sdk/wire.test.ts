import { expect, test } from 'vitest'
import { buildOpenApi } from '#lib/http'
import { contracts } from '../app/api/v1/openapi.json/contracts.ts'
import { type OpenApi, wireOf } from '../scripts/sdk-wire.ts'

const document = buildOpenApi(contracts, { publicUrl: 'http://localhost:3000', version: '1' }) as OpenApi

test('the wire of the client is the OpenAPI document: vitest run --project unit sdk/wire.test.ts -u', async () => {
  await expect(wireOf(document)).toMatchFileSnapshot('wire.ts')
})
