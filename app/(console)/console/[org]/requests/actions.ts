'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { RuleResult } from '#components/console/approval-rules'
import type { DecideResult } from '#components/console/decision'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { parseId } from '#lib/ids'
import { changeOrgIn, getOrgIn } from '#lib/tenancy'
import { type ApprovalRule, approvalRules, organizationChange } from '#lib/tenancy/schema'
import { audited, connect, originOf } from '#runtime'
import { assertApprovalRules } from '../../../../api/v1/orgs/[id]/approval-rules.ts'
import { acting } from '../../acting.ts'
import { decisionOf } from '../../decision.ts'
import { requireOrg } from '../../session.ts'

/** Answers a request, with a note that the person is told. */
export async function decide(
  org: string,
  request: string,
  _previous: DecideResult,
  form: FormData,
): Promise<DecideResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'requests.decide')
    const { approves, note } = decisionOf(form, 'the person')
    const id = parseId('connection_request', String(request))
    if (id === null) throw new AppError('not_found')
    const answer = { approve: approves, note, decidedBy: null }
    await connect.decideRequest(tenant, caller, id, answer, originOf(await headers()))
    revalidatePath('/console/[org]/requests', 'page')
    return null
  })
}

/** Changes what an org demands an approval for; of two admins who do so at once, neither undoes the other's. */
async function changeRules(
  org: string,
  change: (rules: readonly ApprovalRule[]) => ApprovalRule[],
): Promise<RuleResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(org, 'requests.decide')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM organizations WHERE id = ${tenant.orgId}::uuid FOR UPDATE`
      const { settings: before } = await getOrgIn(tx, tenant)
      const rules = change(approvalRules(before))
      const { settings } = parse(
        organizationChange,
        { settings: { ...before, connection_approval: rules } },
        'form',
      )
      assertApprovalRules(settings)
      await changeOrgIn(tx, tenant, { settings })
      await audited(tx, tenant, caller, origin, 'organization.changed', {}, ['settings.connection_approval'])
    })
    revalidatePath('/console/[org]/requests', 'page')
    return null
  })
}

const same = (a: ApprovalRule, b: ApprovalRule) =>
  a.connector === b.connector && (a.scopes ?? []).join(' ') === (b.scopes ?? []).join(' ')

/** Demands an approval for a connector, or for some of its scopes. */
export async function addRule(org: string, _previous: RuleResult, form: FormData): Promise<RuleResult> {
  const scopes = String(form.get('scopes') ?? '')
    .split(/[\s,]+/)
    .filter((scope) => scope !== '')
  const rule = { connector: String(form.get('connector') ?? ''), ...(scopes.length > 0 && { scopes }) }
  return changeRules(String(org), (rules) => [...rules.filter((one) => !same(one, rule)), rule])
}

/** Withdraws a demand; who is waiting for an answer can connect then. */
export async function removeRule(org: string, _previous: RuleResult, form: FormData): Promise<RuleResult> {
  const at = Number(form.get('rule'))
  const connector = String(form.get('connector'))
  return changeRules(String(org), (rules) => {
    // The list may have changed since it was shown: only the rule that was meant goes.
    if (rules[at]?.connector !== connector) {
      throw new AppError('conflict', { detail: 'The rules have changed meanwhile. Look at them again.' })
    }
    return rules.filter((_, index) => index !== at)
  })
}
