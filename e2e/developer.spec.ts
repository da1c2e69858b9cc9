// What a developer finds: the reference, the way to a first call, tools to try, and what the API was asked and told.
import { instance } from '../scripts/testing/instance.ts'
import { expect, test } from './support/test.ts'

test('the reference has every operation of the document, and no link of it leads nowhere', async ({
  request,
  api,
}) => {
  const { body } = await api.get('/openapi.json')
  const paths = body.paths as Record<string, Record<string, { operationId: string }>>
  const operations = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  const page = async (path: string) => (await request.get(`${instance().publicUrl}${path}`)).text()
  const [reference, errors] = await Promise.all([page('/docs'), page('/docs/errors')])
  const idsOf = (html: string) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  const ids = { '': idsOf(reference), '/docs': idsOf(reference), '/docs/errors': idsOf(errors) }
  expect(operations.length).toBeGreaterThan(100)
  expect(operations.filter((id) => !ids['/docs'].has(id))).toEqual([])
  const links = [...reference.matchAll(/ href="([^"#]*)#([^"]+)"/g)].map(([, path, id]) => ({ path, id }))
  expect(links.length).toBeGreaterThan(operations.length)
  expect(links.filter(({ path, id }) => !ids[path as keyof typeof ids]?.has(id))).toEqual([])
})
