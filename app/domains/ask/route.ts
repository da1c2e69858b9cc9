import { lookupDomain } from '#lib/db'
import { traced } from '#lib/http'

const answer = (status: 200 | 404) =>
  new Response(status === 200 ? 'yes\n' : 'no\n', { status, headers: { 'cache-control': 'no-store' } })

/**
 * Whether a certificate may be asked for: for the live domains of organizations, and for nothing else (docs/domains.md).
 * It says no more than the DNS does, so that it needs no credential.
 */
export const GET = (request: Request): Promise<Response> =>
  traced(request, '/domains/ask', async () => {
    const asked = new URL(request.url).searchParams.getAll('domain')
    const [hostname = ''] = asked
    if (asked.length !== 1 || !/^[a-z0-9.-]{1,253}$/i.test(hostname)) return answer(404)
    return answer((await lookupDomain(hostname.toLowerCase())) ? 200 : 404)
  })
