import { z } from 'zod'
import type { CallOptions } from '#lib/connector-kit'

/** The version that the shapes below were written for; without it GitHub answers in whatever is newest. */
export const api: Pick<CallOptions, 'headers'> = {
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
}

const notDots = (name: string) => name !== '.' && name !== '..'

export const owner = z
  .string()
  .max(39)
  .regex(/^[A-Za-z0-9_-]+$/)
  .describe('Login of the person or organization that owns the repository')
export const repository = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9._-]+$/)
  .refine(notDots, 'is not a repository name')
  .describe('Name of the repository, without its owner')

/** A path of a file, in which no part can climb out of the repository. */
export const filePath = z
  .string()
  .max(1000)
  .refine(
    (path) => path.split('/').every((part) => part !== '' && notDots(part)),
    'must be relative, without empty or dot parts',
  )

export const limit = z.number().int().min(1).max(100).default(30).describe('Most entries to return')
export const cursor = z
  .string()
  .regex(/^[1-9][0-9]{0,4}$/)
  .optional()
  .describe('next_cursor of the page before')

type Page = { limit: number; cursor?: string | undefined }

export const pageQuery = (page: Page) => ({ per_page: page.limit, page: page.cursor ?? '1' })

/** GitHub names the next page in a header, which a tool does not see; a full page means there may be one. */
export const nextCursor = (received: number, page: Page) =>
  received < page.limit ? null : String(Number(page.cursor ?? '1') + 1)
