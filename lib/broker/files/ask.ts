import type { FileSaid, Tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import type { Allowed } from '#lib/proof'
import type { Delivery } from './delivery.ts'
import type { Upload } from './incoming.ts'

/** The files of a call, as its caller comes with them. */
export type Files = {
  upload?: Upload
  delivery?: Delivery
}

/** What a tool's input says of its file. */
export const saidOf = (params: unknown): FileSaid => (params as { file: FileSaid }).file

/**
 * Refuses a call that comes without the file that its tool takes, or has no way to be given one.
 * @throws AppError `invalid_request`
 */
export function assertFiles({ tool, params }: { tool: Tool; params: unknown }, files: Files): void {
  const { upload, delivery } = files
  const refuse = (detail: string) => new AppError('invalid_request', { detail })
  if (tool.gives && !delivery)
    throw refuse(`${tool.name} answers a file: ask for it with Accept: application/octet-stream.`)
  if (upload && !tool.takes) throw refuse(`${tool.name} takes no file.`)
  if (!tool.takes) return
  if (!upload) {
    throw refuse(
      `${tool.name} takes a file: send its bytes as application/octet-stream, and the call in Behalf-Call.`,
    )
  }
  const { size_bytes } = saidOf(params)
  if (upload.bytes !== null && upload.bytes !== size_bytes)
    throw refuse(`The body has ${upload.bytes} bytes and params.file.size_bytes says ${size_bytes}.`)
}

/**
 * Refuses a file whose personal data a policy wants masked: bytes are handed on as they are.
 * @throws AppError `policy_denied`
 */
export function assertUnmasked({ gives, name }: Tool, { masks = [], policyIds }: Allowed['decision']): void {
  if (!gives || masks.length === 0) return
  throw new AppError('policy_denied', {
    detail: `A policy of the organization masks ${masks.join(', ')}, which cannot be done in the file that ${name} gives.`,
    policy_ids: policyIds,
  })
}
