import { z } from 'zod'
import type { Answered, CallOptions } from './tool.ts'

/** What a tool says of the files that it takes or gives. Bytes are streamed through and never held whole. */
export type FileRule = {
  /** The largest file, in bytes, as it is once unpacked. */
  bytesMax: number
  /** The media types that it may have; any unless told. */
  mediaTypes?: readonly string[]
  /** How long the whole call may take, in seconds: 120 unless told, 600 at most. */
  secondsMax?: number
}

export const fileSecondsMax = 600
export const secondsOf = ({ secondsMax = 120 }: FileRule): number => Math.min(secondsMax, fileSecondsMax)

const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/
const namesMax = 255
/** Controls, and what reorders or hides text: a name must not look like another. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

const isFileName = (name: string): boolean =>
  !/[/\\]/.test(name) && !unseen.test(name) && !/^\.+$/.test(name) && name.trim() === name

/**
 * The field `file` of a tool that takes one. What is said of the file here is part of the call: it is what policy
 * judges, people approve and an Idempotency-Key stands for, and the bytes are held to it.
 */
export const fileField = ({ bytesMax, mediaTypes }: FileRule) =>
  z
    .strictObject({
      name: z.string().min(1).max(namesMax).refine(isFileName, 'must be a name, not a path'),
      media_type: z
        .string()
        .max(127)
        .regex(mediaTypePattern)
        .refine((type) => mediaTypes?.includes(type) ?? true, `must be one of ${mediaTypes?.join(', ')}`)
        .describe('Such as application/pdf'),
      size_bytes: z.number().int().min(0).max(bytesMax),
      sha256: z
        .string()
        .length(64)
        .regex(/^[0-9a-f]{64}$/)
        .describe('Of the bytes, in hex'),
    })
    .describe('What the file is; its bytes are the body of the request')
export type FileSaid = z.output<ReturnType<typeof fileField>>

/** The output of a tool that gives a file: what was given. The bytes themselves are the body of the answer. */
export const givenFile = z.object({
  name: z.string(),
  media_type: z.string(),
  size_bytes: z.number().int(),
  sha256: z.string(),
})
export type GivenFile = z.output<typeof givenFile>

/** How a tool moves its file. Each is used once in a call. */
export type ToolFiles = {
  /**
   * Asks the provider for a place to put the file. It changes nothing by itself.
   * @throws as `ToolHttp.post`
   */
  prepare(path: string, options?: CallOptions): Promise<Answered>
  /** Sends the caller's file as the body of a request. @throws as `ToolHttp.post`; `invalid_request` */
  put(
    method: 'POST' | 'PUT',
    path: string,
    options?: Omit<CallOptions, 'json'> & { mediaType?: string },
  ): Promise<Answered>
  /**
   * Streams what the provider answers to the caller.
   * @param options.name what the file is called, where the answer does not say it
   */
  give(path: string, options?: Omit<CallOptions, 'json'> & { name?: string }): Promise<GivenFile>
}

/** What a provider says a file is: the type alone, without parameters; octets where it says nothing that can be read. */
export function mediaTypeOf(header: string | null): string {
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return mediaTypePattern.test(type) ? type : 'application/octet-stream'
}

const deviceNames = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** A provider's name for a file as it can be saved anywhere: one segment, nothing hidden, nothing that climbs. */
export function safeFileName(name: string): string {
  const last = name.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const plain = last
    .replaceAll(new RegExp(unseen, 'gu'), '')
    .replaceAll(/[<>:"|?*]/g, '_')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '')
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,16})?$/su.exec(plain) ?? []
  const short = Array.from(stem).slice(0, 120).join('') + extension
  if (short === '') return 'file'
  return deviceNames.test(short) ? `_${short}` : short
}

/** The name in a `Content-Disposition`; the one in UTF-8 wins (RFC 6266 §4.3). */
export function dispositionName(header: string | null): string | null {
  const said = header ?? ''
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(said)?.[1]
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended)
    } catch {}
  }
  const [, quoted, token] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i.exec(said) ?? []
  return quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? null
}

/** `Content-Disposition` for a name, in both of its forms (RFC 6266 §5, RFC 8187 §3.2). */
export function attachment(name: string): string {
  const safe = safeFileName(name)
  const ascii = safe.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(safe).replaceAll(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
