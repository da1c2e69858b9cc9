import { describe, expect, it } from 'vitest'
import { sentence, type Told } from './sentence.ts'

const event = (facts: Partial<Told>): Told => ({
  action: 'tool.executed',
  outcome: 'allowed',
  user_id: 'ana',
  actor: { type: 'agent', id: 'ag_1' },
  tool_name: 'sandbox.list_tasks',
  error_code: null,
  details: {},
  ...facts,
})

describe('sentence', () => {
  it('says who ran which tool for whom', () => {
    expect(sentence(event({}))).toBe('An agent ran sandbox.list_tasks for ana')
  })

  it('never tells what was denied, failed or is unknown as done', () => {
    expect(sentence(event({ outcome: 'denied', error_code: 'insufficient_scope' }))).toBe(
      'An agent was not allowed to run sandbox.list_tasks for ana (insufficient scope)',
    )
    expect(sentence(event({ outcome: 'failed', error_code: 'upstream_error' }))).toBe(
      'An agent tried to run sandbox.list_tasks for ana, which failed (upstream error)',
    )
    expect(sentence(event({ outcome: 'unknown' }))).toBe(
      'An agent tried to run sandbox.list_tasks for ana; how it ended is unknown',
    )
  })

  it('names a user who acts by the id that the product gave, and once', () => {
    const told = event({ action: 'connection.created', actor: { type: 'end_user', id: 'usr_9' } })
    expect(sentence(told)).toBe('ana connected an account')
    expect(sentence({ ...told, action: 'connected_account.revoked' })).toBe('ana revoked an account')
  })

  it('says whose account an admin revoked', () => {
    const told = event({ action: 'connected_account.revoked', actor: { type: 'member', id: 'mem_1' } })
    expect(sentence(told)).toBe('An admin revoked an account of ana')
  })

  it('tells what became of a revocation at the provider', () => {
    const settled = (upstream: string) =>
      sentence(
        event({ action: 'connected_account.revocation_settled', user_id: null, details: { upstream } }),
      )
    expect(settled('revoked')).toMatch(/confirmed that/)
    expect(settled('unsupported')).toMatch(/could not be revoked/)
    expect(settled('unconfirmed')).toMatch(/did not confirm/)
  })

  it('tells an action that is named by its outcome once', () => {
    const system = { actor: { type: 'system', id: 'vault' }, outcome: 'failed' as const }
    expect(
      sentence(event({ ...system, action: 'connected_account.needs_reauth', error_code: 'invalid_grant' })),
    ).toBe('An account of ana must be connected again (invalid grant)')
    const declined = {
      action: 'connection.declined',
      outcome: 'denied' as const,
      actor: { type: 'end_user', id: 'u' },
    }
    expect(sentence(event(declined))).toBe('ana declined to connect an account')
  })

  it('tells an action and an actor that it has no words for without hiding the outcome', () => {
    const told = event({
      action: 'auth_config.updated',
      actor: { type: 'night_job', id: '1' },
      user_id: null,
    })
    expect(sentence(told)).toBe('Night job updated an auth config')
    expect(sentence({ ...told, outcome: 'denied', error_code: 'forbidden' })).toBe(
      'Night job updated an auth config: not allowed (forbidden)',
    )
    expect(sentence({ ...told, action: 'halted', outcome: 'unknown' })).toBe(
      'Night job halted: how it ended is unknown',
    )
  })

  it('tells an incident from what an operator says of it', () => {
    const told = event({
      action: 'provider_incident.opened',
      actor: { type: 'system', id: 'vault' },
      error_code: 'invalid_grant',
      details: { connector: 'github' },
    })
    expect(sentence(told)).toBe(
      'github refuses too many renewals alike (invalid grant): accounts are held, none is disconnected',
    )
    const resolved = { ...told, action: 'provider_incident.resolved', actor: { type: 'member', id: 'mem_1' } }
    expect(sentence({ ...resolved, details: { connector: 'github', resolution: 'confirmed' } })).toBe(
      'An admin confirmed that github refuses renewals rightly (invalid grant)',
    )
    expect(sentence({ ...resolved, details: { connector: 'github', resolution: 'recovered' } })).toBe(
      'github renews again (invalid grant)',
    )
  })
})
