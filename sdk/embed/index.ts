import { defineElement } from './element.ts'
import { behalf } from './loader.ts'
import type { Behalf } from './types.ts'

export type * from './types.ts'

/**
 * What `embed.js` puts on the window, for pages that are bundled. Nothing happens on import, so that it may be
 * imported on a server too.
 * @param server address of the Behalf server, such as `https://behalf.example.com`
 */
export const connectTo = (server: string): Behalf => behalf(new URL(server).origin)

/** Defines `<behalf-connect>`, once. */
export const defineConnectElement = (api: Behalf): void => defineElement(api)
