import { describe, expect, it } from 'vitest'
import { noticeFor, noticeOf, noticeOfFailure, notices } from './notices.ts'

describe('notices', () => {
  it('keep the headings that people and tests know', () => {
    expect(notices.user_mismatch.title).toBe('This link was for someone else')
    expect(notices.session_expired.title).toBe('This link has expired')
    expect(notices.session_used.title).toBe('This link was already used')
  })

  it('say something for every code, also one that does not exist yet', () => {
    expect(noticeOf('upstream_timeout')).toBe(notices.upstream)
    expect(noticeOf('circuit_open')).toBe(notices.upstream)
    expect(noticeOf('made_up_tomorrow')).toBe(notices.internal)
    expect(noticeOf('constructor')).toBe(notices.internal)
  })

  it('use the words of an error only where they are written for people', () => {
    const facts = { detail: 'Acme Tasks is not set up here yet.' }
    expect(noticeFor({ code: 'unavailable', facts }).body).toBe(facts.detail)
    expect(noticeFor({ code: 'internal', facts }).body).toBe(notices.internal.body)
  })

  it('name why a session failed', () => {
    expect(noticeOfFailure('user_mismatch')).toBe(notices.user_mismatch)
    expect(noticeOfFailure('provider_server_error')).toBe(notices.upstream)
    expect(noticeOfFailure(null)).toBe(notices.upstream)
  })
})
