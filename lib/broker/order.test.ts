import { expect, test } from 'vitest'
import { type AskedCall, approve } from '#lib/approvals'
import { decide, type LoadedPolicies } from '#lib/policy'
import type { Allowed, Asked, Caller, CallFacts, Granted, Intent, Tenant } from '#lib/proof'
import type { Deps } from './context.ts'
import type { Trail } from './denial.ts'
import type { ReadCall } from './facts.ts'
import { recordIntent } from './intent.ts'
import { settle } from './settle.ts'
import { callTool, type Outcome } from './upstream/index.ts'

// The compiler is the test: each line below compiles only if a stage takes the proof of the stage above. `tsc` fails
// on an `@ts-expect-error` that expects nothing, so loosening a signature breaks the build. Never run.
function theOrderIsAType(
  deps: Deps,
  tenant: Tenant,
  caller: Caller,
  granted: Granted,
  facts: CallFacts,
  loaded: LoadedPolicies,
  asked: Asked,
  approvable: AskedCall,
  allowed: Allowed,
  call: ReadCall,
  trail: Trail,
  outcome: Outcome,
): unknown[] {
  const signal = new AbortController().signal
  return [
    () => decide(granted, facts, loaded),
    // @ts-expect-error policy before scopes: a tenant is not a grant
    () => decide(tenant, facts, loaded),
    () => approve(asked, approvable, caller, trail, null),
    // @ts-expect-error approval before policy: nobody is asked about what was only granted
    () => approve(granted, approvable, caller, trail, null),
    // @ts-expect-error intent before approval: what policy asks people about is not allowed
    () => recordIntent(asked, call, caller, trail),
    // @ts-expect-error intent before policy: a grant is not allowed
    () => recordIntent(granted, call, caller, trail),
    // @ts-expect-error a call without its intent: allowed is not written down
    () => callTool(deps, allowed, call, signal),
    // @ts-expect-error settling what was never recorded
    () => settle(allowed, call, outcome, trail),
  ]
}

function proofsAreNotForged(tenant: Tenant): unknown[] {
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
  // @ts-expect-error what looks like an intent was not committed
  const forgedIntent: Intent = { executionId: 'x', startedAt: new Date() }
  // @ts-expect-error a decision is not permission without the grant that it was made of
  const forgedAllowed: Allowed = { decision: { engine: 'x', decision: 'allow', policyIds: [] } }
  return [forgedTenant, forgedCaller, forgedIntent, forgedAllowed]
}

test('each stage asks for the proof of the one above it', () => {
  // What they must be is for the compiler, above; that there are that many of them, for here.
  expect([decide.length, recordIntent.length, callTool.length, settle.length]).toEqual([3, 4, 4, 4])
  expect([theOrderIsAType.length, proofsAreNotForged.length]).toEqual([12, 1])
})
