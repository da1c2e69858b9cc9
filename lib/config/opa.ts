import { z } from 'zod'

/** The Open Policy Agent that judges calls in place of Cedar. */
export type OpaSettings = Readonly<{
  /** Without a trailing slash. */
  url: string
  token: string | null
  /** The decision of orgs that have published no version of their own; null where those are allowed. */
  everybody: string | null
}>

/** Where a decision stands in OPA's data: `behalf/decision`. */
export const opaPath = /^[A-Za-z0-9_-]{1,100}(\/[A-Za-z0-9_-]{1,100}){0,9}$/

export const opaEnvironment = {
  BEHALF_OPA_URL: z
    .url({ protocol: /^https?$/, message: 'must be an http(s) URL such as http://127.0.0.1:8181' })
    .optional(),
  BEHALF_OPA_TOKEN: z.string().min(1).optional(),
  BEHALF_OPA_DEFAULT: z.string().regex(opaPath, 'must be a path such as behalf/decision').optional(),
}

type Given = { [Name in keyof typeof opaEnvironment]?: string | undefined }

export function readOpaSettings(given: Given, refuse: (line: string) => never): OpaSettings | null {
  const { BEHALF_OPA_URL: text, BEHALF_OPA_TOKEN: token, BEHALF_OPA_DEFAULT: everybody } = given
  if (text === undefined) {
    if (everybody !== undefined) refuse('BEHALF_OPA_URL is required with BEHALF_OPA_DEFAULT')
    return null
  }
  const url = new URL(text)
  if (url.username || url.password) refuse('BEHALF_OPA_URL must not carry a password: use BEHALF_OPA_TOKEN')
  if (url.search || url.hash) refuse('BEHALF_OPA_URL must not have a query')
  return { url: text.replace(/\/+$/, ''), token: token ?? null, everybody: everybody ?? null }
}

/** The operator named it, so that it may lie in a private network. */
export const opaAllowance = (opa: OpaSettings | null): string[] => {
  if (!opa) return []
  const { hostname, port, protocol } = new URL(opa.url)
  return [`opa=${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`]
}
