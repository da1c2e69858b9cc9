import type { Connector, ToolHttp, ToolLimit } from '#lib/connector-kit'
import type { Limits } from '#lib/proof'

// A consent may be limited to some of what an account reaches: repositories, channels, projects. What a call would
// reach is decided before it where its params say so, by a question to the provider where they do not, and on its
// answer where it finds things. A tool that a connector does not speak of is refused: fail closed.

/** Whether a thing lies within what the person picked. */
const withinOf =
  (picked: Limits[string]) =>
  (id: string | null | undefined): boolean =>
    picked.some((one) => one.id === id)

const allWithin = (ids: readonly string[], picked: Limits[string]): boolean =>
  ids.length > 0 && ids.every(withinOf(picked))

/** The limits of a consent that a tool falls under; `refused` where one of them does not know it. */
function limitsOn(
  connector: Pick<Connector, 'resources'>,
  limits: Limits | null,
  toolName: string,
): { limit: ToolLimit; picked: Limits[string] }[] | 'refused' {
  const found: { limit: ToolLimit; picked: Limits[string] }[] = []
  for (const [kind, picked] of Object.entries(limits ?? {})) {
    const known = Object.hasOwn(connector.resources, kind) ? connector.resources[kind] : undefined
    const limit = known && Object.hasOwn(known.tools, toolName) ? known.tools[toolName] : undefined
    if (limit === undefined) return 'refused'
    if (limit !== 'untouched') found.push({ limit, picked })
  }
  return found
}

/** Whether a tool can be held within the limits of a consent at all. */
export const speaksOf = (
  connector: Pick<Connector, 'resources'>,
  limits: Limits | null,
  toolName: string,
): boolean => limitsOn(connector, limits, toolName) !== 'refused'

/** Whether a call stays within the limits of its consent, as far as its params tell. */
export function staysWithin(
  connector: Pick<Connector, 'resources'>,
  limits: Limits | null,
  toolName: string,
  params: unknown,
): boolean {
  const found = limitsOn(connector, limits, toolName)
  if (found === 'refused') return false
  return found.every(
    ({ limit, picked }) => limit.touches === undefined || allWithin(limit.touches(params as never), picked),
  )
}

/**
 * Runs a tool within the limits of its consent: asks first where the call does not say what it reaches, and leaves of
 * the answer what lies within.
 * @param outside what to throw for a call that would reach further
 */
export async function runWithin(
  connector: Pick<Connector, 'resources'>,
  limits: Limits | null,
  call: { toolName: string; params: unknown; http: ToolHttp },
  outside: () => Error,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const found = limitsOn(connector, limits, call.toolName)
  if (found === 'refused') throw outside()
  for (const { limit, picked } of found) {
    if (limit.finds && !allWithin(await limit.finds(call.params as never, call.http), picked)) throw outside()
  }
  let output = await run()
  for (const { limit, picked } of found) {
    if (!limit.keeps) continue
    output = limit.keeps(output as never, withinOf(picked))
    if (output === undefined) throw outside()
  }
  return output
}
