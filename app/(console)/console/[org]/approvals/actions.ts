'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { z } from 'zod'
import type { DecideResult } from '#components/console/decision'
import { decideApproval } from '#lib/approvals'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { parseId } from '#lib/ids'
import { originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { requireOrg } from '../../session.ts'

const decision = z.object({
  decision: z.enum(['approve', 'deny']),
  note: z.string().trim().max(500, 'must be at most 500 characters'),
})

/** Decides on a call that waits, with a note that whoever asked is told. */
export async function decide(
  org: string,
  approval: string,
  _previous: DecideResult,
  form: FormData,
): Promise<DecideResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org))
    const given = parse(decision, { decision: form.get('decision'), note: form.get('note') ?? '' }, 'form')
    const approves = given.decision === 'approve'
    if (!approves && given.note === '') {
      throw new AppError('invalid_request', { detail: 'Say why in the note: whoever asked is told it.' })
    }
    const id = parseId('approval', String(approval))
    if (id === null) throw new AppError('not_found')
    const answer = { approves, note: given.note || null, decidedBy: null }
    await decideApproval(tenant, caller, id, answer, originOf(await headers()))
    revalidatePath('/console/[org]/approvals', 'layout')
    return null
  })
}
