import { connectors } from '#runtime'

/** The names of all connectors by their ids. */
export const connectorNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(connectors).map(({ id, name }) => [id, name]),
)
