import { expect, test } from 'vitest'
import { type AskedCall, approve } from '#lib/approvals'
import { decide, type LoadedPolicies } from '#lib/policy'
import type { Allowed, Asked, Caller, CallFacts, Cleared, Going, Granted, Intent, Tenant } from '#lib/proof'
import { type ConnectUrl, grant } from '#lib/scopes'
import type { SafeOutcome } from './content/index.ts'
import type { Deps } from './context.ts'
import type { Trail } from './denial.ts'
import type { ReadCall } from './facts.ts'
import { recordIntent } from './intent.ts'
import { assertGoing, assertUserGoing } from './judge.ts'
import { settle } from './settle.ts'
import { callTool, type Outcome } from './upstream/index.ts'

type Stages = {
  deps: Deps
  tenant: Tenant
  caller: Caller
  going: Going
  granted: Granted
  cleared: Cleared
  facts: CallFacts
  loaded: LoadedPolicies
  asked: Asked
  approvable: AskedCall
  allowed: Allowed
  intent: Intent
  call: ReadCall
  trail: Trail
  outcome: Outcome
  safe: SafeOutcome
  link: ConnectUrl
}

// The compiler is the test: each line below compiles only if a stage takes the proof of the stage above. `tsc` fails
// on an `@ts-expect-error` that expects nothing, so loosening a signature breaks the build. Never run.
function theOrderIsAType(stages: Stages): unknown[] {
  const { deps, tenant, caller, going, granted, cleared, facts, loaded, asked } = stages
  const { approvable, allowed, intent, call, trail, outcome, safe, link } = stages
  const signal = new AbortController().signal
  return [
    () => grant(assertGoing(call, caller), caller, call, [], link),
    // @ts-expect-error scopes before stops: a tenant does not say that nothing is stopped
    () => grant(tenant, caller, call, [], link),
    () => decide(assertUserGoing(call, caller, granted), facts, loaded),
    // @ts-expect-error policy before the stops of the user: a grant does not say that they are not stopped
    () => decide(granted, facts, loaded),
    // @ts-expect-error policy before scopes: that nothing is stopped is not a grant
    () => decide(going, facts, loaded),
    () => approve(asked, approvable, caller, trail, null),
    // @ts-expect-error approval before policy: nobody is asked about what was only granted
    () => approve(granted, approvable, caller, trail, null),
    // @ts-expect-error approval before policy: nor about what is only not stopped
    () => approve(cleared, approvable, caller, trail, null),
    // @ts-expect-error intent before approval: what policy asks people about is not allowed
    () => recordIntent(asked, call, caller, trail),
    // @ts-expect-error intent before policy: a grant is not allowed
    () => recordIntent(granted, call, caller, trail),
    // @ts-expect-error a call without its intent: allowed is not written down
    () => callTool(deps, allowed, call, signal),
    () => settle(intent, call, safe, trail),
    // @ts-expect-error settling what was never recorded
    () => settle(allowed, call, safe, trail),
    // @ts-expect-error telling what nobody has looked through
    () => settle(intent, call, outcome, trail),
  ]
}

function proofsAreNotForged(tenant: Tenant, granted: Granted): unknown[] {
  // @ts-expect-error an id and a name are no tenant: only db and tenancy say that a row exists
  const forgedTenant: Tenant = { orgId: tenant.orgId, externalId: tenant.externalId }
  // @ts-expect-error a fact about a caller is no authentication
  const forgedCaller: Caller = {
    kind: 'key',
    keyId: null,
    reach: null,
    root: true,
    mayExecute: true,
    roles: [],
  }
  // @ts-expect-error a tenant alone was compared with no stop
  const forgedGoing: Going = { tenant }
  // @ts-expect-error nor was a grant
  const forgedCleared: Cleared = { granted }
  // @ts-expect-error what looks like an intent was not committed
  const forgedIntent: Intent = { executionId: 'x', startedAt: new Date() }
  // @ts-expect-error a decision is not permission without the grant that it was made of
  const forgedAllowed: Allowed = { decision: { engine: 'x', decision: 'allow', policyIds: [] } }
  return [forgedTenant, forgedCaller, forgedGoing, forgedCleared, forgedIntent, forgedAllowed]
}

test('each stage asks for the proof of the one above it', () => {
  // What they must be is for the compiler, above; that there are that many of them, for here.
  expect([assertGoing.length, grant.length, assertUserGoing.length]).toEqual([2, 5, 3])
  expect([decide.length, approve.length, recordIntent.length]).toEqual([3, 5, 4])
  expect([callTool.length, settle.length]).toEqual([4, 4])
  expect([theOrderIsAType.length, proofsAreNotForged.length]).toEqual([1, 2])
})
