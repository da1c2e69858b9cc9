import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/server'
import { newId } from '#lib/ids'
import { opensUrls } from '../endpoint/message.ts'
import { refused } from './result.ts'

/** What only the person can put right, at an address of ours that asks who they are. */
export type Missing = {
  /** For the person, in plain words. */
  words: string
  url: string
  code: 'connection_required' | 'insufficient_scope' | 'reauthorization_required'
}

/** The name of the one thing that a call asks its client for. */
const request = 'connect'

/** What the person's client has said of an earlier request to open the address; `null` where it was not asked. */
export function saidTo(context: ServerContext): 'accept' | 'decline' | 'cancel' | null {
  const view = inputResponse(context.mcpReq.inputResponses, request)
  return view.kind === 'elicit' ? view.action : null
}

/**
 * Sends the person to where they can grant what is missing: the client opens the address where it can, or the model is
 * told it. What is missing lies with the person, so that the same call works afterwards.
 * @throws UrlElicitationRequiredError towards clients of 2025 that open addresses
 * @see MCP 2026-07-28, Elicitation (URL mode); MCP 2025-11-25, -32042
 */
export function surface(
  missing: Missing,
  context: ServerContext,
  era: 'modern' | 'legacy',
  sessionOpensUrls: boolean,
): CallToolResult | InputRequiredResult {
  const { words: message, url, code } = missing
  const said = saidTo(context)
  if (said === null && era === 'modern') {
    const envelope = context.mcpReq.envelope as Readonly<Record<string, unknown>> | undefined
    if (opensUrls(envelope?.[CLIENT_CAPABILITIES_META_KEY]))
      return inputRequired({ inputRequests: { [request]: inputRequired.elicitUrl({ message, url }) } })
  }
  if (era === 'legacy' && sessionOpensUrls)
    throw new UrlElicitationRequiredError([{ mode: 'url', message, url, elicitationId: newId() }], message)
  const begin =
    said === 'accept'
      ? 'The user has not finished yet.'
      : said === null
        ? message
        : 'The user did not want to open the page.'
  return refused(
    `${begin} Ask the user to open ${url} and to follow the steps there. Then call this tool again with the same arguments.`,
    { code, connect_url: url },
  )
}
