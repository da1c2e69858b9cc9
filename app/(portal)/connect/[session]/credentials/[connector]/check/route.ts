import { fileNameOf } from '#components/portal/credential-form'
import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { assertOwnPage, openHere, setFlow } from '../../../../../flow.ts'
import { leavingPage } from '../../../../../plain-page.ts'
import { portalRoute, seeOther } from '../../../../../portal-route.ts'

const longestBodyBytes = 64 * 1024

/** What a person pasted, or chose as a file: tried at the provider before it is kept. */
export const POST = portalRoute<{ session: string; connector: string }>(
  '/connect/[session]/credentials/[connector]/check',
  'page',
  async ({ session, connector, request, origin }) => {
    assertOwnPage(request.headers)
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const given = await givenFields(request)
    const { location, flow } = await connect.submitCredentials(here.open, here.flow, connector, given, origin)
    const cookie = await setFlow(flow)
    if (location.startsWith('/')) return seeOther(location, cookie)
    return leavingPage(location, new URL(location).host, request.headers.get('x-behalf-nonce'), cookie)
  },
)

/** Each field once. A file that was chosen stands for the field that it was chosen for. */
async function givenFields(request: Request): Promise<Record<string, string>> {
  const bytes = await request.arrayBuffer()
  if (bytes.byteLength > longestBodyBytes) throw new AppError('payload_too_large')
  const type = request.headers.get('content-type') ?? ''
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new AppError('invalid_request', { detail: 'The form cannot be read.' })
  })
  const given = new Map<string, string>()
  const files = new Map<string, string>()
  for (const [name, value] of form) {
    if (given.has(name) || files.has(name))
      throw new AppError('invalid_request', { detail: 'A field is there twice.', param: 'form' })
    if (typeof value === 'string') given.set(name, value)
    else if (value.size > 0) files.set(name, await value.text())
  }
  for (const name of given.keys()) {
    const file = files.get(fileNameOf(name))
    if (file !== undefined) given.set(name, file)
  }
  return Object.fromEntries(given)
}
