'use server'

import { headers } from 'next/headers'
import type { TryResult } from '#components/console/try/result'
import { originOf } from '#runtime'
import { acting } from '../../acting.ts'
import { requireOrg } from '../../session.ts'
import { runTool } from './run.ts'

/** Calls a tool with an account of the org, as the admin who presses the button. */
export async function tryTool(
  org: string,
  account: string,
  toolName: string,
  _previous: TryResult | { fault: string } | null,
  form: FormData,
): Promise<TryResult | { fault: string }> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'tools.try')
    const asked = { account: String(account), toolName: String(toolName), form }
    return runTool(caller, tenant, asked, originOf(await headers()))
  })
}
