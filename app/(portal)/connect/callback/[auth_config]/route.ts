import { connect, sessionOfState } from '#runtime'
import { readFlow, setFlow } from '../../../flow.ts'
import { portalRoute, seeOther } from '../../../portal-route.ts'

/** Where a provider sends the browser back to: one address per auth config (THREATS.md O1). */
export const GET = portalRoute<{ auth_config: string }>(
  '/connect/callback/[auth_config]',
  'page',
  async ({ auth_config, request, origin }) => {
    const { searchParams } = new URL(request.url)
    const session = sessionOfState(searchParams.get('state'))
    const found = session === null ? null : await readFlow(session)
    const { location, flow } = await connect.callback(found, auth_config, searchParams, origin)
    return seeOther(location, await setFlow(flow))
  },
)
