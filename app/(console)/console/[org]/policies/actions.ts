'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { ConfirmResult } from '#components/console/confirm-action'
import type { CasesResult, ReplayResult, SaveResult } from '#components/console/policies/policy-forms'
import { replayPolicy } from '#lib/broker'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { actorOf } from '#lib/identity'
import { parseId } from '#lib/ids'
import {
  bundleOf,
  changeDraft,
  createCaseIn,
  createDraft,
  deleteCaseIn,
  discardDraft,
  publishDraft,
  rollBack,
  testVersion,
  withdraw,
} from '#lib/policy'
import { caseInput, publishing, versionInput } from '#lib/policy/schema'
import { audited, originOf, policyChanged } from '#runtime'
import { acting } from '../../acting.ts'
import { pathOf, requireFresh, requireOrg } from '../../session.ts'

/** Most calls that one replay judges, and how long it may take. */
const replayMost = 1000
const replayMsMax = 30_000

const versionId = (version: unknown): string => {
  const id = parseId('policy_version', String(version))
  if (id === null) throw new AppError('not_found')
  return id
}

// A form sends line breaks as CRLF (HTML, form submission); policies are kept with LF.
const textOf = (form: FormData, name: string) => String(form.get(name) ?? '').replaceAll('\r\n', '\n')

/** Makes a draft: nothing changes until it is published. */
export async function makeDraft(org: string, _previous: SaveResult, form: FormData): Promise<SaveResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'policies.manage', 'policies')
    const note = textOf(form, 'note').trim()
    const { engine, source } = parse(
      versionInput,
      { engine: form.get('engine') ?? 'cedar', source: textOf(form, 'source') },
      'form',
    )
    const given = parse(z.object({ note: z.string().max(500) }), { note }, 'form')
    const origin = originOf(await headers())
    const { id } = await createDraft(
      tenant,
      { engine, source, ...(given.note !== '' && { note: given.note }) },
      actorOf(caller),
      (tx, { id, number }) =>
        audited(tx, tenant, caller, origin, 'policy.drafted', {
          policy_version_id: id,
          version: String(number),
        }),
    )
    redirect(`${pathOf(tenant)}/policies/${id}`)
  })
}

/** Changes the text or the note of a draft. */
export async function saveDraft(
  org: string,
  version: string,
  _previous: SaveResult,
  form: FormData,
): Promise<SaveResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'policies.manage', 'policies')
    const id = versionId(version)
    const change = parse(
      z.object({ source: versionInput.shape.source, note: z.string().max(500) }),
      { source: textOf(form, 'source'), note: textOf(form, 'note').trim() },
      'form',
    )
    const origin = originOf(await headers())
    await changeDraft(tenant, id, { ...change, note: change.note || null }, (tx, { number }, fields) =>
      audited(
        tx,
        tenant,
        caller,
        origin,
        'policy.draft_changed',
        { policy_version_id: String(version), version: String(number) },
        fields,
      ),
    )
    revalidatePath('/console/[org]/policies/[id]', 'page')
    return { done: true as const }
  })
}

/** Throws a draft away. */
export async function dropDraft(
  org: string,
  version: string,
  _previous: ConfirmResult,
  _form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'policies.manage', 'policies')
    const origin = originOf(await headers())
    await discardDraft(tenant, versionId(version), (tx, { number }) =>
      audited(tx, tenant, caller, origin, 'policy.draft_discarded', {
        policy_version_id: String(version),
        version: String(number),
      }),
    )
    revalidatePath('/console/[org]/policies/[id]', 'page')
    return null
  })
}

/** Puts a draft in force, or a version again that was so before; asks whether it is still they. */
export async function putInForce(
  org: string,
  version: string,
  again: boolean,
  _previous: SaveResult,
  form: FormData,
): Promise<SaveResult> {
  return acting(async () => {
    const admin = await requireOrg(String(org), 'policies.manage', 'policies')
    await requireFresh(admin)
    const { caller, tenant } = admin
    const reason = textOf(form, 'reason').trim()
    const asked = parse(
      publishing,
      { force: form.get('force') !== null, ...(reason !== '' && { reason }) },
      'form',
    )
    const action = again ? 'policy.rolled_back' : 'policy.published'
    const record = policyChanged(tenant, caller, originOf(await headers()), action, asked.reason)
    await (again ? rollBack : publishDraft)(tenant, versionId(version), asked, actorOf(caller), record)
    revalidatePath('/console/[org]/policies/[id]', 'page')
    return { done: true as const }
  })
}

/** Takes the version in force back: what no rule forbids is allowed again. */
export async function withdrawVersion(
  org: string,
  version: string,
  _previous: ConfirmResult,
  _form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const admin = await requireOrg(String(org), 'policies.manage', 'policies')
    await requireFresh(admin)
    const { caller, tenant } = admin
    const record = policyChanged(tenant, caller, originOf(await headers()), 'policy.withdrawn')
    await withdraw(tenant, versionId(version), record)
    revalidatePath('/console/[org]/policies/[id]', 'page')
    return null
  })
}

/** Runs the org's cases by a version. Nothing is called, nothing is written. */
export async function runCasesBy(
  org: string,
  version: string,
  _previous: CasesResult,
  _form: FormData,
): Promise<CasesResult> {
  return acting(async () => {
    const { tenant } = await requireOrg(String(org), 'policies.manage', 'policies')
    const { cases } = await testVersion(tenant, versionId(version))
    return {
      results: cases.map(({ name, passed, expected, actual }) => ({
        name,
        passed,
        expected: expected.decision,
        actual: actual.decision,
        why: actual.problem ?? actual.policy_ids.join(', '),
      })),
    }
  })
}

/** Judges past calls by a version. */
export async function replay(
  org: string,
  version: string,
  _previous: ReplayResult,
  form: FormData,
): Promise<ReplayResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'policies.manage', 'policies')
    const id = versionId(version)
    const { days } = parse(z.object({ days: z.enum(['1', '7', '30']) }), { days: form.get('days') }, 'form')
    const bundle = await bundleOf(tenant, id)
    const origin = originOf(await headers())
    await forOrg(tenant, (tx) =>
      audited(tx, tenant, caller, origin, 'policy.replayed', { policy_version_id: String(version) }),
    )
    const since = new Date(Date.now() - Number(days) * 86_400_000).toISOString()
    const range = { since, until: undefined, limit: replayMost, after: null }
    const found = await replayPolicy(tenant, bundle, range, AbortSignal.timeout(replayMsMax))
    return {
      judged: found.judged,
      without: found.without_facts,
      more: found.next !== null,
      flips: found.data.map(({ id, occurred_at, tool_name, recorded, draft }) => ({
        id,
        at: `${occurred_at.slice(0, 19).replace('T', ' ')} UTC`,
        tool: tool_name,
        was: recorded.decision,
        is: draft.decision,
      })),
    }
  })
}

/** Keeps a made-up call and what is to be decided about it. */
export async function addCase(org: string, _previous: SaveResult, form: FormData): Promise<SaveResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'policies.manage', 'policies')
    let params: unknown
    try {
      params = JSON.parse(textOf(form, 'params') || '{}')
    } catch {
      throw new AppError('invalid_request', { detail: 'The params are not JSON.' })
    }
    const { name, call, expected } = parse(
      caseInput,
      {
        name: textOf(form, 'name').trim(),
        call: { tool_name: form.get('tool_name'), params },
        expected: { decision: form.get('decision') },
      },
      'form',
    )
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const { id } = await createCaseIn(tx, tenant, { name, call, expected }, actorOf(caller))
      await audited(tx, tenant, caller, origin, 'policy.case_created', { policy_case_id: id })
    })
    revalidatePath('/console/[org]/policies', 'page')
    return { done: true as const }
  })
}

/** Takes a case away. */
export async function dropCase(
  org: string,
  one: string,
  _previous: ConfirmResult,
  _form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'policies.manage', 'policies')
    const id = parseId('policy_case', String(one))
    if (id === null) throw new AppError('not_found')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await deleteCaseIn(tx, tenant, id)
      await audited(tx, tenant, caller, origin, 'policy.case_deleted', { policy_case_id: String(one) })
    })
    revalidatePath('/console/[org]/policies', 'page')
    return null
  })
}
