import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import type { FileRule } from './files.ts'
import type { Tool } from './tool.ts'

type JsonSchema = Record<string, unknown>

// A tool never changes while the process runs, and there are thousands.
const schemas = new WeakMap<Tool, Readonly<{ input: JsonSchema; output: JsonSchema }>>()
const hashes = new WeakMap<Tool, string>()

/** What a tool takes and what it answers, as JSON Schema. */
export function schemasOf(tool: Tool): Readonly<{ input: JsonSchema; output: JsonSchema }> {
  const found = schemas.get(tool)
  if (found) return found
  const made = {
    input: z.toJSONSchema(tool.input, { io: 'input' }),
    output: z.toJSONSchema(tool.output, { io: 'output' }),
  }
  schemas.set(tool, made)
  return made
}

/** How long a file may take is nothing that anybody is told. */
const toldOf = (rule: FileRule | undefined) =>
  rule ? { bytesMax: rule.bytesMax, mediaTypes: rule.mediaTypes ?? null } : null

/** How the hash is made; another way of making it is another number, so that nothing old can seem the same. */
const version = '1'

/**
 * Names a tool as whoever uses it is told of it: its name and words, what it takes and answers, what it needs and what it
 * does. Two tools with one hash are one tool to the person who agreed to it.
 * @returns `1.` and the SHA-256 of the canonical JSON (RFC 8785) of it, in base64url
 */
export function hashOf(tool: Tool): string {
  const found = hashes.get(tool)
  if (found !== undefined) return found
  const { name, title, description, scopes, effect, idempotent } = tool
  const files = { takes: toldOf(tool.takes), gives: toldOf(tool.gives) }
  const told = { name, title, description, scopes, effect, idempotent, ...files, ...schemasOf(tool) }
  const digest = createHash('sha256')
    .update(canonicalize(told) ?? '')
    .digest('base64url')
  const made = `${version}.${digest}`
  hashes.set(tool, made)
  return made
}
