import { z } from 'zod'
import { byLink, type CallOptions } from '#lib/connector-kit'

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

/** GitHub names the next page in the Link header; some of its lists go by a token in place of a page number. */
export const listed = byLink({ params: ['page', 'after'], size: 'per_page' })
