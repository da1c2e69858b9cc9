import { z } from 'zod'

/** What the MCP server does. */
export type McpSettings = Readonly<{
  /** Pages of these origins may call it, beside our own. */
  allowedOrigins: readonly string[]
  /** The most tools that are listed one by one; three tools stand for more. */
  listMax: number
  /** The most streams that a process keeps open for clients that want to hear of changes. */
  streamsMax: number
}>

export const mcpEnvironment = {
  BEHALF_MCP_ALLOWED_ORIGINS: z.string().max(4000).default(''),
  BEHALF_MCP_LIST_MAX: z.coerce.number().int().min(1).max(100_000).default(500),
  BEHALF_MCP_STREAMS_MAX: z.coerce.number().int().min(1).max(100_000).default(500),
}

type Given = {
  BEHALF_MCP_ALLOWED_ORIGINS: string
  BEHALF_MCP_LIST_MAX: number
  BEHALF_MCP_STREAMS_MAX: number
}

export function readMcpSettings(
  given: Given,
  publicUrl: string,
  refuse: (line: string) => never,
): McpSettings {
  const named = given.BEHALF_MCP_ALLOWED_ORIGINS.split(',').flatMap((text) => text.trim() || [])
  for (const text of named) {
    if (!URL.canParse(text) || new URL(text).origin !== text || !/^https?:/.test(text))
      refuse(
        'BEHALF_MCP_ALLOWED_ORIGINS must be origins such as https://app.example.com, with commas in between',
      )
  }
  return {
    allowedOrigins: [new URL(publicUrl).origin, ...named],
    listMax: given.BEHALF_MCP_LIST_MAX,
    streamsMax: given.BEHALF_MCP_STREAMS_MAX,
  }
}
