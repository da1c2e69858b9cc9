import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface Attachment {
  id: string
  task_id: string
  name: string
  media_type: string
  size_bytes: number
  sha256: string
  /** The key that it was put there under. */
  idempotency_key: string | null
}

const fileBytesMax = 8 * 1024 * 1024
const allBytesMax = 64 * 1024 * 1024

/** More than the practice provider keeps. */
export class FileTooLarge extends Error {}
/** The connection ended before the file did. */
export class FileCutOff extends Error {}

/** The files of tasks, in memory. */
export function createAttachments() {
  let kept: (Attachment & { content: Buffer })[] = []
  let sequence = 0

  const shown = ({ content: _, ...attachment }: Attachment & { content: Buffer }): Attachment => attachment
  const find = (taskId: string, id: string) => kept.find((one) => one.task_id === taskId && one.id === id)

  return {
    reset: () => {
      kept = []
    },
    of: (taskId: string): Attachment[] => kept.filter((one) => one.task_id === taskId).map(shown),
    content: find,
    /** @throws FileTooLarge, FileCutOff */
    async add(
      req: IncomingMessage,
      file: { taskId: string; name: string; mediaType: string; key: string | null },
    ): Promise<{ attachment: Attachment; replayed: boolean }> {
      const content = await readFile(req)
      const earlier = kept.find((one) => file.key !== null && one.idempotency_key === file.key)
      if (earlier) return { attachment: shown(earlier), replayed: true }
      if (kept.reduce((bytes, one) => bytes + one.size_bytes, content.length) > allBytesMax)
        throw new FileTooLarge()
      sequence += 1
      const made = {
        id: `att_${sequence.toString(36).padStart(6, '0')}`,
        task_id: file.taskId,
        name: file.name,
        media_type: file.mediaType,
        size_bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        idempotency_key: file.key,
        content,
      }
      kept.push(made)
      return { attachment: shown(made), replayed: false }
    },
  }
}
export type Attachments = ReturnType<typeof createAttachments>

async function readFile(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > fileBytesMax) throw new FileTooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof FileTooLarge ? error : new FileCutOff()
  }
  return Buffer.concat(chunks)
}
