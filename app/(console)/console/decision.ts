import { z } from 'zod'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'

const decision = z.object({
  decision: z.enum(['approve', 'deny']),
  note: z.string().trim().max(500, 'must be at most 500 characters'),
})

/**
 * What somebody decided in the form of `#components/console/decision`.
 * @param reader who is told the note, as the sentence calls them
 * @throws AppError `invalid_request` for a denial that says no reason
 */
export function decisionOf(form: FormData, reader: string): { approves: boolean; note: string | null } {
  const given = parse(decision, { decision: form.get('decision'), note: form.get('note') ?? '' }, 'form')
  const approves = given.decision === 'approve'
  if (!approves && given.note === '') {
    throw new AppError('invalid_request', { detail: `Say why in the note: ${reader} is told it.` })
  }
  return { approves, note: given.note || null }
}
