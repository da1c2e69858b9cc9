import { expect, test } from 'vitest'
import { agentChange, newAgent, newCredential, newToolset, rotation } from './read-form.ts'

function form(fields: Record<string, string>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  return data
}

const refusal = expect.objectContaining({ name: 'AppError', code: 'invalid_request' })

test('an empty field is nothing, and lists are one a line or with commas between', () => {
  expect(newAgent(form({ name: ' Mira ', owner: '', purpose: ' ' }))).toEqual({
    name: 'Mira',
    owner: null,
    purpose: null,
    team: null,
    environment: null,
  })
  const given = {
    name: 'Mira',
    tools: 'sandbox.list_tasks\r\nsandbox.create_task',
    connectors: '',
    redirect_uris: '',
  }
  expect(agentChange(form(given))).toMatchObject({
    tools: ['sandbox.list_tasks', 'sandbox.create_task'],
    connectors: null,
    redirect_uris: [],
    tool_discovery: 'list',
  })
  expect(agentChange(form({ name: 'Claude' }))).not.toHaveProperty('redirect_uris')
})

test('a credential is what the API would take', () => {
  expect(newCredential(form({ kind: 'client_secret', name: '', expires_in_days: '30' }))).toEqual({
    kind: 'client_secret',
    expires_in_seconds: 2_592_000,
  })
  const workload = {
    kind: 'federated',
    issuer: 'https://issuer.test',
    subject: 'system:serviceaccount:a:b',
    claims: '{"x": 1}',
  }
  expect(newCredential(form({ ...workload, kept: 'on' }))).toMatchObject({
    single_use: false,
    claims: { x: 1 },
  })
  expect(newCredential(form(workload))).toMatchObject({ single_use: true })
  for (const wrong of [
    { ...workload, claims: '{' },
    { ...workload, jwks: '[]' },
    { ...workload, subject: '' },
    { kind: 'root' },
    {},
  ])
    expect(() => newCredential(form(wrong)), JSON.stringify(wrong)).toThrow(refusal)
})

test('an overlap and a toolset are judged as the API judges them', () => {
  expect(rotation(form({ overlap_seconds: '0' }))).toMatchObject({ overlap_seconds: 0 })
  expect(() => rotation(form({ overlap_seconds: 'soon' }))).toThrow(refusal)
  const id = `ag_${'0'.repeat(32)}`
  expect(newToolset(form({ name: 'Reading', connectors: 'sandbox, github' }), id)).toMatchObject({
    agent_id: id,
    connectors: ['sandbox', 'github'],
    tools: null,
  })
  expect(() => newToolset(form({ name: '' }), id)).toThrow(refusal)
})
