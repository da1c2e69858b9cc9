import { AppError } from '#lib/errors'
import { type Handler, json, readBytes, resource, traced } from '#lib/http'
import { RefusedSet } from '#lib/oauth'
import { connect, key, noteRefusal } from '#runtime'
import { receiveProviderEvent } from './contract.ts'

const bodyBytesMax = 256 * 1024
const isSet = (request: Request) =>
  request.headers.get('content-type')?.toLowerCase().startsWith('application/secevent+jwt') ?? false

const receive: Handler = (request, context) =>
  traced(request, receiveProviderEvent.path, async (origin) => {
    const { id } = await context.params
    try {
      const body = await readBytes(request, bodyBytesMax)
      const raw = { authConfigId: String(id), headers: request.headers, body }
      const { answer } = await connect.receiveNotice(raw, origin)
      if (isSet(request)) return new Response(null, { status: 202, headers: { 'cache-control': 'no-store' } })
      return json(answer ?? { received: true })
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthenticated') await noteRefusal(request.headers)
      if (!(error instanceof RefusedSet)) throw error
      await noteRefusal(request.headers)
      const response = json({ err: error.code, description: error.message }, 400)
      response.headers.set('content-language', 'en')
      return response
    }
  })

export const { GET, POST, PUT, PATCH, DELETE } = resource({ POST: receive }, key('read'))
