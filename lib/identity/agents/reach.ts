import { z } from 'zod'
import { Prisma } from '#lib/db'
import { AppError } from '#lib/errors'

/** The connectors and tools that there are. */
export type Reachable = { connectors: readonly string[]; tools: readonly string[] }

/**
 * Refuses a list with a name that would never hold: misspelt, or a tool of a connector that the other list leaves out.
 * @throws AppError `invalid_request`
 */
export function assertReachable(
  asked: { connectors?: readonly string[] | null | undefined; tools?: readonly string[] | null | undefined },
  there: Reachable,
): void {
  const unknown = (list: 'connectors' | 'tools') =>
    (asked[list] ?? []).flatMap((name, at) =>
      there[list].includes(name) ? [] : [{ path: `${list}.${at}`, message: `there is no ${name}` }],
    )
  const outside = (asked.tools ?? []).flatMap((name, at) =>
    !asked.connectors || asked.connectors.includes(name.split('.')[0] ?? '')
      ? []
      : [{ path: `tools.${at}`, message: 'is of a connector that is not in connectors' }],
  )
  const found = [...unknown('connectors'), ...unknown('tools')]
  const wrong = found.length > 0 ? found : outside
  const [first] = wrong
  if (!first) return
  throw new AppError('invalid_request', {
    detail: `${first.path}: ${first.message}.`,
    param: first.path,
    errors: wrong.slice(0, 20),
  })
}

/** Lists as they are kept: JSON, where null is no restriction. */
export const names = z.array(z.string()).nullable()

type Lists = { connectors?: string[] | null | undefined; tools?: string[] | null | undefined }

/** A change of one list, with the other as it is: they have to fit each other. */
export const withKept = (
  { connectors, tools }: Lists,
  row: { connectors: unknown; tools: unknown },
): Lists =>
  connectors === undefined && tools === undefined
    ? {}
    : {
        connectors: connectors === undefined ? names.parse(row.connectors) : connectors,
        tools: tools === undefined ? names.parse(row.tools) : tools,
      }

export const jsonList = (list: readonly string[] | null) =>
  list === null ? Prisma.DbNull : [...new Set(list)].sort()
