import { expect, test } from 'vitest'
import { createStore } from './store.ts'

async function storeWithFamily() {
  const store = createStore()
  await store.adapter('Grant').upsert('grant-1', { accountId: 'usr_ana' }, 60)
  await store.adapter('RefreshToken').upsert('refresh-1', { grantId: 'grant-1' }, 60)
  await store.adapter('AccessToken').upsert('access-1', { grantId: 'grant-1' }, 60)
  await store.adapter('AccessToken').upsert('access-2', { grantId: 'grant-2' }, 60)
  return store
}

test('redeems a token once; the second redemption ends its family and no other', async () => {
  const { adapter } = await storeWithFamily()
  await adapter('RefreshToken').consume('refresh-1')
  expect(await adapter('AccessToken').find('access-1')).toBeDefined()
  await expect(adapter('RefreshToken').consume('refresh-1')).rejects.toThrow('invalid_grant')
  expect(await adapter('RefreshToken').find('refresh-1')).toBeUndefined()
  expect(await adapter('AccessToken').find('access-1')).toBeUndefined()
  expect(await adapter('Grant').find('grant-1')).toBeUndefined()
  expect(await adapter('AccessToken').find('access-2')).toBeDefined()
})

test('refuses a token of a family that was ended while its redemption was under way', async () => {
  const { adapter, revokeAccount } = await storeWithFamily()
  await adapter('RefreshToken').consume('refresh-1')
  revokeAccount('usr_ana')
  const late = adapter('RefreshToken').upsert('refresh-2', { grantId: 'grant-1' }, 60)
  await expect(late).rejects.toThrow('invalid_grant')
  expect(await adapter('RefreshToken').find('refresh-2')).toBeUndefined()
})
