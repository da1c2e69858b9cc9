import type { Origin } from '#lib/audit'
import { appendAudit, originFields } from '#lib/audit'
import { config } from '#lib/config'
import { deployment, forOrg, type Tx } from '#lib/db'
import { toAppError } from '#lib/errors'
import {
  actorOf,
  countAskedLink,
  getMember,
  issueLinkIn,
  mayAskForLinkIn,
  membersAt,
  signInLinkSeconds,
  systemCaller,
} from '#lib/identity'
import { publicId } from '#lib/ids'
import { networkOf } from '#lib/limits'
import { log } from '#lib/log'
import { forgetMailIn, sendsMail } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { postOf } from './flow/deliver.ts'

/**
 * The address of a sign-in link. The token is in the fragment, which no server's log sees.
 * @param returnTo a page of the console, as `returnPath` has let it through
 */
const linkTo = (token: string, returnTo: string | null): string =>
  `${config().publicUrl}/console/sign-in${returnTo === null ? '' : `?callbackUrl=${encodeURIComponent(returnTo)}`}#token=${token}`

type To = { memberId: string; email: string; invites: boolean; returnTo?: string | null }

/**
 * Readies the mailing of sign-in links, which needs a connection of its own. What it answers runs in a transaction and
 * makes a link there: it goes by mail where mail is set up, and is handed over to be copied elsewhere.
 * @returns the link where it was not mailed
 */
export async function linksOf(tenant: Tenant): Promise<(tx: Tx, to: To) => Promise<string | null>> {
  const post = sendsMail() ? await postOf(tenant) : null
  return async (tx, { memberId, email, invites, returnTo = null }) => {
    const url = linkTo(await issueLinkIn(tx, tenant, memberId), returnTo)
    if (post === null) return url
    // No sweep comes by the deployment's own letters.
    if (tenant.orgId === deployment.orgId) await forgetMailIn(tx, tenant)
    const until = new Date(Date.now() + signInLinkSeconds * 1000)
    await post(tx, null, { kind: 'console', to: email, locale: 'en', url, invites }, until)
    return null
  }
}

/** Counts who asks, before anything is looked up. @throws AppError `rate_limited`, the same for every address */
export const admitAskedLink = (origin: Origin): Promise<void> => countAskedLink(networkOf(origin.ip))

/**
 * Mails a sign-in link to every member with this address. Nothing is answered and nothing thrown: whether there is one
 * is nobody's business, so it runs after the browser has its answer.
 */
export async function mailAskedLinks(
  address: string,
  returnTo: string | null,
  origin: Origin,
): Promise<void> {
  if (!sendsMail()) return
  try {
    for (const { tenant, memberId } of await membersAt(address.trim())) {
      await mailAskedLink(tenant, memberId, returnTo, origin)
    }
  } catch (thrown) {
    log.warn({ code: toAppError(thrown).code }, 'sign-in links not mailed')
  }
}

async function mailAskedLink(
  tenant: Tenant,
  memberId: string,
  returnTo: string | null,
  origin: Origin,
): Promise<void> {
  try {
    const send = await linksOf(tenant)
    // As it is known of them: what was typed may be spelt another way, and goes nowhere.
    const { email } = await getMember(tenant, memberId)
    await forOrg(tenant, async (tx) => {
      if (!(await mayAskForLinkIn(tx, tenant, memberId))) return
      await send(tx, { memberId, email, invites: false, returnTo })
      await appendAudit(tx, tenant, {
        action: 'member.sign_in_link_issued',
        outcome: 'allowed',
        actor: actorOf(systemCaller('sign_in')),
        ...originFields(origin),
        details: { member_id: publicId('member', memberId) },
      })
    })
  } catch (thrown) {
    log.warn({ code: toAppError(thrown).code }, 'sign-in link not mailed')
  }
}
