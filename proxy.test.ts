import { expect, test } from 'vitest'

// Nobody listens there: the database is as down as it can be.
process.env.DATABASE_URL = 'postgres://nobody:none@127.0.0.1:9/none'
process.env.BEHALF_SESSION_SECRET ??= 'a secret of at least thirty-two characters'
process.env.BEHALF_MASTER_KEY ??= Buffer.alloc(32, 7).toString('base64')
const [{ NextRequest }, { proxy }] = await Promise.all([import('next/server'), import('./proxy.ts')])

const session = `http://localhost:3000/connect/cs_${'0'.repeat(32)}`
const page = (language: string) =>
  new NextRequest(session, { headers: { accept: 'text/html,*/*', 'accept-language': language } })

test('a page of the flow says 503 in words, with all its headers, while the database is down', async () => {
  const answer = await proxy(page('en'))
  expect(answer.status).toBe(503)
  const text = await answer.text()
  expect(text).toContain('Not available just now')
  expect(text).toContain('Try again')
  expect(text).not.toMatch(/ECONNREFUSED|prisma|postgres/i)
  expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(answer.headers.get('cache-control')).toBe('no-store')
})

test('the page that says so is in the language of whoever reads it', async () => {
  const text = await (await proxy(page('ar'))).text()
  expect(text).toContain('<html lang="ar" dir="rtl">')
})

test('a script is left to the handler that answers it', async () => {
  const answer = await proxy(new NextRequest(`${session}/status`, { headers: { accept: '*/*' } }))
  expect(answer.headers.get('x-middleware-next')).toBe('1')
})
