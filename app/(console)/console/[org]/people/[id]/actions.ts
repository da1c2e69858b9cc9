'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import { getPerson } from '#lib/console'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { connect, originOf } from '#runtime'
import { acting } from '../../../acting.ts'
import { requireOrg } from '../../../session.ts'

/** Locks a person out, with all that agents may do for them, or lets them connect again. */
export async function setDeactivated(
  org: string,
  person: string,
  deactivated: boolean,
  _previous: ConfirmResult,
  _form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { tenant, caller } = await requireOrg(String(org), 'people.manage')
    const id = parseId('end_user', String(person))
    if (id === null) throw new AppError('not_found')
    const { user_id } = await getPerson(tenant, id)
    const origin = originOf(await headers())
    await (deactivated === true ? connect.deactivateUser : connect.reactivateUser)(
      tenant,
      caller,
      user_id,
      origin,
    )
    revalidatePath('/console/[org]/people/[id]', 'page')
    return null
  })
}
