import { forOrg, lookupTenant, type Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { type Member, memberOf } from '../members/rows.ts'
import { admitIn, type Change } from './admit.ts'
import { readSsoAnswer } from './answer.ts'
import { connectionOf, openSsoFlow, type SsoFlow, spendFlowIn } from './flow.ts'
import { SignInRefused } from './refused.ts'

/** What the sign-in is told of, in the org's audit. */
export type Recorder = {
  changed: (tx: Tx, tenant: Tenant, member: Member, change: Change) => Promise<void>
  refused: (tenant: Tenant, flow: SsoFlow, refusal: SignInRefused) => Promise<void>
  /** Nobody knows whose sign-in it was. */
  stray: () => Promise<void>
}

type SignedIn = { member: Member; flow: SsoFlow; authTime: number }

/**
 * The end of a single sign-on: whatever comes of it, the flow is used up.
 * @param connectionId that of the address which the provider was to answer at
 * @param sealed the cookie of the browser
 * @param params the query
 * @throws SignInRefused, with the audit written
 */
export async function finishSso(
  connectionId: string,
  sealed: string | undefined,
  params: URLSearchParams,
  record: Recorder,
): Promise<SignedIn> {
  const flow = await openSsoFlow(sealed)
  const tenant = flow && (await lookupTenant(flow.orgId))
  if (!flow || !tenant) {
    await record.stray()
    throw new SignInRefused('no_flow')
  }
  try {
    if (!(await forOrg(tenant, (tx) => spendFlowIn(tx, tenant, flow)))) throw new SignInRefused('used')
    const connection = await connectionOf(tenant, flow)
    if (connectionId !== connection.id) throw new SignInRefused('other_connection')
    const identity = await readSsoAnswer(tenant, connection, flow, params)
    const { member, refused } = await forOrg(tenant, async (tx) => {
      const admitted = await admitIn(tx, tenant, connection, identity, flow)
      for (const change of admitted.changes)
        await record.changed(tx, tenant, memberOf(admitted.member), change)
      return admitted
    })
    if (refused) throw refused
    // Where it is not said when they signed in there, that may have been long ago: nothing that asks for a fresh sign-in
    // is open to them by this.
    return { member: memberOf(member), flow, authTime: identity.authTime ?? 0 }
  } catch (error) {
    if (error instanceof SignInRefused) await record.refused(tenant, flow, error)
    throw error
  }
}
