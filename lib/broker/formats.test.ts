import { specTypeSchemas } from '@modelcontextprotocol/server'
import { expect, test } from 'vitest'
import { connectors } from '#connectors'
import { annotationsOf, modelFormats, toolOfWireName, wireName } from './formats.ts'
import { listTools } from './list.ts'

const tools = Object.assign({}, ...Object.values(connectors).map((connector) => connector.tools))
const nothing = { egress: () => Promise.reject(new Error('no call')), connectUrl: () => '' }
const views = await listTools({ connectors, tools, ...nothing } as never, null, {})

test('every tool has a name that every model takes, and it leads back to the tool', () => {
  expect(views.length).toBeGreaterThan(30)
  for (const { name } of views) {
    expect(wireName(name)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(toolOfWireName(wireName(name))).toBe(name)
    expect(toolOfWireName(name)).toBe(name)
  }
  expect(new Set(views.map(({ name }) => wireName(name))).size).toBe(views.length)
})

test.each(['acme.a__b', 'acme.a_', 'a.b', `acme.${'a'.repeat(58)}`])(
  'a name that a connector may have comes back: %s',
  (name) => {
    expect(wireName(name)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(toolOfWireName(wireName(name))).toBe(name)
  },
)

test("what a model's API refuses in a schema is in no tool: no object at the root, alternatives there, odd names", () => {
  for (const view of views) {
    const { input_schema: schema } = modelFormats.anthropic(view)
    expect(schema, view.name).toMatchObject({ type: 'object' })
    expect(Object.keys(schema), view.name).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(anyOf|oneOf|allOf|not|enum)$/)]),
    )
    for (const property of Object.keys((schema.properties ?? {}) as object))
      expect(property, view.name).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/)
    expect(view.description.length, view.name).toBeLessThanOrEqual(1024)
  }
})

test('the shapes are those of Chat Completions, Responses, Messages and MCP', async () => {
  const view = views.find(({ name }) => name === 'sandbox.create_task')
  if (!view) throw new Error('no sandbox.create_task')
  const { title, description, input_schema, output_schema } = view
  const name = 'sandbox__create_task'
  expect(modelFormats.openai(view)).toEqual({
    type: 'function',
    function: { name, description, parameters: input_schema },
  })
  expect(modelFormats.openai_responses(view)).toEqual({
    type: 'function',
    name,
    description,
    parameters: input_schema,
    strict: false,
  })
  expect(modelFormats.anthropic(view)).toEqual({ name, description, input_schema })
  expect(modelFormats.mcp(view)).toEqual({
    name,
    title,
    description,
    inputSchema: input_schema,
    outputSchema: output_schema,
    annotations: annotationsOf(view),
  })
  for (const each of views) {
    const parsed = await specTypeSchemas.Tool['~standard'].validate(modelFormats.mcp(each))
    expect(parsed.issues, each.name).toBeUndefined()
    expect(each.output_schema, each.name).toMatchObject({ type: 'object' })
  }
})

test.each([
  ['sandbox.list_tasks', { readOnlyHint: true, destructiveHint: false, idempotentHint: true }],
  ['sandbox.create_task', { readOnlyHint: false, destructiveHint: false, idempotentHint: false }],
  ['sandbox.update_task', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
  ['sandbox.delete_task', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
  ['slack.post_message', { readOnlyHint: false, destructiveHint: false, idempotentHint: false }],
])('MCP is told of %s what it does', (name, hints) => {
  const view = views.find((each) => each.name === name)
  expect(view && annotationsOf(view)).toEqual({ title: view?.title, openWorldHint: true, ...hints })
})
