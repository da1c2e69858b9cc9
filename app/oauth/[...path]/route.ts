import { renderPagesWith } from '#lib/authorization-server'
import { traced } from '#lib/http'
import { answerOauth } from '#runtime'
import { providerPages } from '../../(portal)/oauth/provider-pages.ts'

renderPagesWith(providerPages)

export const dynamic = 'force-dynamic'

/** Everything of the authorization server but its pages. */
const handle = (request: Request): Promise<Response> =>
  traced(request, '/oauth/[...path]', () => answerOauth(request))

export { handle as DELETE, handle as GET, handle as OPTIONS, handle as POST, handle as PUT }
