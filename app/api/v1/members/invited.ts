import { z } from 'zod'
import { consoleMember } from '#lib/identity/schema'

export const invited = consoleMember.extend({
  sign_in_url: z
    .string()
    .nullable()
    .describe('To hand over where no mail is set up: 15 minutes, one use. null where it was mailed'),
})
