'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { DecideResult } from '#components/console/decision'
import { decideApproval } from '#lib/approvals'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { decisionOf } from '../../decision.ts'
import { requireOrg } from '../../session.ts'

/** Decides on a call that waits, with a note that whoever asked is told. */
export async function decide(
  org: string,
  approval: string,
  _previous: DecideResult,
  form: FormData,
): Promise<DecideResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'approvals.decide')
    const decided = decisionOf(form, 'whoever asked')
    const id = parseId('approval', String(approval))
    if (id === null) throw new AppError('not_found')
    const answer = { ...decided, decidedBy: null }
    await decideApproval(tenant, caller, id, answer, originOf(await headers()))
    revalidatePath('/console/[org]/approvals', 'layout')
    return null
  })
}
