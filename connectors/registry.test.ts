import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fieldsAsked } from '#lib/connector-kit'
import { expand } from '#lib/scopes'
import { connectors } from './registry.ts'

const all = Object.values(connectors)
const tools = all.flatMap((connector) =>
  Object.values(connector.tools).map((tool) => ({ name: tool.name, tool, connector })),
)
const named = all.map((connector) => ({ id: connector.id, connector }))

describe.each(named)('$id', ({ connector }) => {
  const { auth, baseUrls } = connector
  const urls = [connector.apiBaseUrl]
  if (auth.identity.url) urls.push(auth.identity.url)
  if (auth.revoke) urls.push(auth.revoke.url)
  if (auth.kind === 'form') {
    if (auth.grant) urls.push(auth.grant.tokenUrl)
  } else {
    urls.push(auth.authorizeUrl, auth.tokenUrl)
    if (auth.refreshUrl) urls.push(auth.refreshUrl)
    if (auth.issuer) urls.push(auth.issuer)
  }
  // As for somebody whose part of the address is `acme`.
  const given = Object.fromEntries(
    fieldsAsked(connector).flatMap(({ name, kind }) => (kind === 'subdomain' ? [[name, 'acme']] : [])),
  )
  const filled = (url: string) => url.replaceAll(/\{(\w+)\}/g, (whole, name: string) => given[name] ?? whole)

  it('stands in the registry under its own id and has tools', () => {
    expect(connectors[connector.id]).toBe(connector)
    expect(Object.keys(connector.tools).length).toBeGreaterThan(0)
  })

  it('reaches providers over https, and over http on this machine alone', () => {
    for (const url of Object.values(baseUrls)) {
      const { protocol, hostname, pathname } = new URL(filled(url))
      expect(protocol === 'https:' || hostname === '127.0.0.1', url).toBe(true)
      expect(url.endsWith('/') || pathname !== '/', url).toBe(false)
    }
  })

  it('builds each URL on a base that an operator can point elsewhere', () => {
    for (const url of urls) {
      const name = /^\{(\w+)\}/.exec(url)?.[1]
      expect(name && baseUrls[name], url).toBeTruthy()
      const rest = url.replaceAll(/\{(\w+)\}/g, (_, placeholder: string) =>
        placeholder === 'client_id' ? 'client' : (given[placeholder] ?? baseUrls[placeholder] ?? '{'),
      )
      expect(filled(rest)).not.toContain('{')
      expect(URL.canParse(filled(rest))).toBe(true)
    }
  })

  it('has words for every scope that read on after “The agent can …”', () => {
    for (const [scope, words] of Object.entries(connector.scopes)) {
      expect(words.does.length, scope).toBeGreaterThan(5)
      expect(words.example.length, scope).toBeGreaterThan(5)
      expect(words.does, scope).not.toMatch(/[.!]$/)
    }
  })

  it('has three things to try the choice on, each one of its tools', () => {
    expect(connector.samples).toHaveLength(Math.min(3, Object.keys(connector.tools).length))
    for (const { tool } of connector.samples) expect(connector.tools, tool).toHaveProperty([tool])
  })

  it('says why a group of permissions is wanted, for each group that it has', () => {
    for (const { risk } of Object.values(connector.scopes))
      expect(connector.purposes[risk], risk).toBeTruthy()
  })

  it('blocks only what comes with a scope that it has', () => {
    for (const { with: scopes } of Object.values(connector.blocked))
      for (const scope of scopes) expect(connector.scopes, scope).toHaveProperty([scope])
  })

  it('decides for every tool how it stays within each limit', () => {
    for (const { tools, scopes } of Object.values(connector.resources)) {
      expect(Object.keys(tools).sort()).toEqual(Object.keys(connector.tools).sort())
      for (const scope of scopes) expect(connector.scopes, scope).toHaveProperty([scope])
    }
  })

  it.each(Object.entries(connector.words))('in %s names exactly what it names in English', (_, words) => {
    const named = (of: object | undefined) => Object.keys(of ?? {}).sort()
    expect(named(words.scopes)).toEqual(named(connector.scopes))
    for (const [scope, { withoutIt }] of Object.entries(words.scopes))
      expect(withoutIt === undefined, scope).toBe(connector.scopes[scope]?.withoutIt === undefined)
    expect(words.overGrant === undefined).toBe(connector.overGrant === null)
    expect(named(words.purposes)).toEqual(named(connector.purposes))
    expect(named(words.blocked)).toEqual(named(connector.blocked))
    expect(named(words.samples)).toEqual(connector.samples.map(({ tool }) => tool).sort())
    expect(named(words.resources)).toEqual(named(connector.resources))
  })

  it('says which scope carries which, down to scopes that it has', () => {
    // A wide one may be of the provider's and not offered: it has to lead to one that is.
    for (const wide of Object.keys(connector.implies)) {
      const carried = [...expand([wide], connector.implies)].filter((scope) => scope !== wide)
      const leaves = carried.filter((scope) => !connector.implies[scope])
      expect(leaves.length, wide).toBeGreaterThan(0)
      for (const scope of leaves) expect(connector.scopes, scope).toHaveProperty([scope])
    }
  })
})

describe.each(tools)('$name', ({ tool, connector }) => {
  it('is described for a model', () => {
    expect(tool.title.length).toBeGreaterThan(3)
    expect(tool.description).toMatch(/^[A-Z].{15,500}\.$/s)
  })

  it('refuses a field that it does not know', () => {
    const schema = z.toJSONSchema(tool.input, { io: 'input' })
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false })
  })

  it('bounds every text and list that it takes', () => {
    const open: string[] = []
    const visit = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return
      const schema = node as Record<string, unknown>
      const bounded = schema.enum ?? schema.const ?? schema.pattern ?? schema.format ?? schema.maxLength
      if (schema.type === 'string' && bounded === undefined) open.push(path)
      if (schema.type === 'array' && schema.maxItems === undefined) open.push(path)
      for (const [key, child] of Object.entries(schema)) visit(child, `${path}.${key}`)
    }
    visit(z.toJSONSchema(tool.input, { io: 'input' }), tool.name)
    expect(open).toEqual([])
  })

  it('has an output that a JSON Schema can tell', () => {
    expect(z.toJSONSchema(tool.output)).toMatchObject({ type: 'object' })
  })

  it('needs at least one scope, each with words on the consent screen', () => {
    expect(tool.scopes.length).toBeGreaterThan(0)
    for (const together of tool.scopes) {
      expect(together.length).toBeGreaterThan(0)
      for (const scope of together) expect(connector.scopes, scope).toHaveProperty([scope])
    }
  })

  it('is not called a reading where its scope can only write', () => {
    const risks = tool.scopes.map((together) => together.map((scope) => connector.scopes[scope]?.risk))
    if (tool.effect === 'send') expect(risks.every((together) => together.includes('send'))).toBe(true)
    if (tool.effect !== 'read')
      expect(risks.every((together) => together.some((risk) => risk !== 'read'))).toBe(true)
  })
})
