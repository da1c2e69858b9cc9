import {
  dispositionName,
  type GivenFile,
  mediaTypeOf,
  safeFileName,
  type ToolFiles,
} from '#lib/connector-kit'
import type { EgressResponse } from '#lib/egress'
import { AppError } from '#lib/errors'
import { secretsIn } from '#lib/oauth'
import { redactSecrets } from '../content/own-secrets.ts'
import { type Delivery, type Incoming, stallMsMax } from '../files/index.ts'
import { type Answer, send, type Wiring } from './send.ts'
import { type Method, requestOf } from './tool-http.ts'

/** The files of one run of a tool. */
export type RunFiles = { incoming?: Incoming; delivery?: Delivery }

const toAnswered = ({ body, response }: Answer) => ({
  body,
  header: (name: string) => response.headers.get(name),
})
const unasked = () => new Error('the tool does not say that it moves a file')

/** How one execution moves its file: authorised and pinned as `toolHttp` is, and never held as a whole. */
export function toolFiles(wiring: Wiring, { incoming, delivery }: RunFiles): ToolFiles {
  const { tool, connector } = wiring
  return {
    prepare: async (path, options) => {
      const request = requestOf({ ...wiring, tool: { ...tool, effect: 'read' } }, 'POST', path, options)
      return toAnswered(await send(wiring, { ...request, prepares: true }))
    },
    put: async (method: Method, path, { mediaType, ...options } = {}) => {
      if (!incoming || !tool.takes) throw unasked()
      const request = requestOf(wiring, method, path, options)
      const { size_bytes, media_type } = incoming.said
      return toAnswered(
        await send(wiring, {
          ...request,
          headers: { ...request.headers, 'content-type': mediaType ?? media_type },
          incoming,
          body: { bytes: size_bytes, chunks: { [Symbol.asyncIterator]: () => incoming.chunks() } },
          stallMs: stallMsMax,
        }),
      )
    },
    give: async (path, { name, ...options } = {}): Promise<GivenFile> => {
      const rule = tool.gives
      if (!delivery || !rule || delivery.isOpen) throw unasked()
      const request = requestOf(wiring, 'GET', path, {
        ...options,
        // A file is handed on as it is: packed by the transport it would have another length and digest.
        headers: { accept: '*/*', 'accept-encoding': 'identity', ...options.headers },
      })
      let given: GivenFile | undefined
      const deliver = ({ headers }: Pick<EgressResponse, 'status' | 'headers'>) => {
        const mediaType = mediaTypeOf(headers.get('content-type'))
        if (rule.mediaTypes && !rule.mediaTypes.includes(mediaType)) {
          throw new AppError('upstream_error', {
            detail: `${connector.name} answered a file of the type ${mediaType}, which ${tool.name} does not give.`,
            category: 'permanent',
            retryable: false,
          })
        }
        const said = dispositionName(headers.get('content-disposition')) ?? name ?? 'file'
        const secrets = [...wiring.lent.secrets, ...secretsIn(connector, wiring.lent)]
        const safe = safeFileName(redactSecrets(said, secrets))
        return async (body: AsyncIterable<Uint8Array>) => {
          // The head is not told before the first bytes: what fails until then is an error of the usual kind.
          const open = () => delivery.open({ executionId: wiring.executionId, name: safe, mediaType })
          for await (const chunk of body) {
            if (!delivery.isOpen) open()
            await delivery.write(chunk)
          }
          if (!delivery.isOpen) open()
          const { size_bytes, sha256 } = delivery.whole()
          given = { name: safe, media_type: mediaType, size_bytes, sha256: sha256 ?? '' }
        }
      }
      await send(wiring, { ...request, deliver, delivery, maxBytes: rule.bytesMax, stallMs: stallMsMax })
      if (!given) throw new Error('no file was given')
      return given
    },
  }
}
