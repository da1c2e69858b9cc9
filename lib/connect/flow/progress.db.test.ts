import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorizeByHttp } from '../../../sandbox/drive.ts'
import { origin, type Practice, startPractice } from '../../../scripts/testing/practice.ts'
import type { FlowCookie } from '../index.ts'

let practice: Practice
beforeAll(async () => {
  practice = await startPractice()
})
afterAll(() => practice.stop())

test('who sent a link on does not learn which account somebody else signed in to with it', async () => {
  const scopes = ['tasks:read', 'tasks:write']
  const session = await practice.session({ org_id: 'acme', user_id: 'u_1', scopes: { sandbox: scopes } })
  const first = await practice.connect.enter(session.token)
  const { location, flow } = await practice.approve(session, scopes)
  const back = await authorizeByHttp({ authorizeUrl: location, user: 'ana', grant: ['tasks:read'] })
  const configId = back.pathname.split('/').at(-1) ?? ''
  const ended = await practice.connect.callback(flow, configId, back.searchParams, origin)

  const seen = async (jar: FlowCookie) =>
    practice.connect.finished(await practice.connect.openFlow(session.id, jar), jar)
  expect(await seen(ended.flow)).toMatchObject({ account: 'usr_ana', receipt: false })
  const other = await seen(first.flow)
  expect(other).toMatchObject({ status: 'awaiting_confirmation', account: null, confirmationCode: null })
  expect(other.scopesMissing).toEqual([])
  expect(JSON.stringify(other)).not.toContain('ana')
})
