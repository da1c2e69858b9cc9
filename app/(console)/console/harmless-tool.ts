import type { Tool } from '#lib/connector-kit'
import { tools } from '#runtime'

/** A tool of the connector that only reads and needs no params. */
export const harmlessTool = (connector: string): Tool | undefined =>
  Object.values(tools).find(
    ({ name, effect, input, gives }) =>
      name.startsWith(`${connector}.`) && effect === 'read' && !gives && input.safeParse({}).success,
  )
