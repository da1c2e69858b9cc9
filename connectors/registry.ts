import type { Connector } from '#lib/connector-kit'
import { sandbox } from './sandbox/index.ts'

/** Every connector that ships; a provider is its folder and its line here. */
export const connectors: Readonly<Record<string, Connector>> = { sandbox }
