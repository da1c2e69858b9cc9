import type { Connector } from '#lib/connector-kit'

/** What policies are written about: every connector with its tools. */
export type Catalogue = Readonly<
  Record<string, Pick<Connector, 'id' | 'name' | 'tools' | 'scopes' | 'resources'>>
>
