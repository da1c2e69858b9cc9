import { connect, sessionOfState } from '#runtime'
import { readFlow, setFlow } from '../../../flow.ts'
import { portalRoute, seeOther } from '../../../portal-route.ts'

/** Where a provider sends the browser back to: one address per auth config (THREATS.md O1). */
export const GET = portalRoute<{ auth_config: string }>(
  '/connect/callback/[auth_config]',
  'page',
  async ({ auth_config, request, origin }) => {
    const given = new URL(request.url).searchParams
    const sealed = given.get('hop')
    const hop = sealed === null ? null : await connect.openHop(sealed)
    const params = hop?.params ?? given
    const session = sessionOfState(params.get('state'))
    const found = session === null ? null : await readFlow(session)
    // The browser left from a domain of the organization's: its cookie is there.
    const elsewhere =
      found === null && hop === null && session !== null
        ? await connect.hopBack(session, auth_config, params)
        : null
    if (elsewhere !== null) return seeOther(elsewhere)
    const { location, flow } = await connect.callback(found, auth_config, params, origin)
    return seeOther(location, await setFlow(flow))
  },
)
