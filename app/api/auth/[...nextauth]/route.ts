import type { NextRequest } from 'next/server'
import NextAuth from 'next-auth'
import { authOptions } from '../options.ts'

type Context = { params: Promise<{ nextauth: string[] }> }

/** What the sign-in page needs of next-auth; its other routes (session updates, remote log, own pages) stay shut. */
const open = {
  GET: new Set(['csrf', 'signin', 'error']),
  POST: new Set(['callback/sign-in-link']),
}

/** The body is a sign-in token and a CSRF token; next-auth itself would read one of any size. */
const bodyBytesMax = 8 * 1024

const plain = (status: number, text: string) =>
  new Response(`${text}\n`, {
    status,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
  })

async function answer(method: keyof typeof open, request: NextRequest, context: Context): Promise<Response> {
  const { nextauth } = await context.params
  if (!open[method].has(nextauth.join('/'))) return plain(404, 'not found')
  if (method === 'POST') {
    const length = Number(request.headers.get('content-length') ?? Number.NaN)
    if (!(length <= bodyBytesMax)) return plain(413, 'body too large')
  }
  const response: Response = await NextAuth(request, context, authOptions())
  response.headers.set('cache-control', 'no-store')
  return response
}

export const GET = (request: NextRequest, context: Context) => answer('GET', request, context)
export const POST = (request: NextRequest, context: Context) => answer('POST', request, context)
