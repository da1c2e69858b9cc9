import { cookies, headers } from 'next/headers'
import { config } from '#lib/config'
import { AppError } from '#lib/errors'
import { originAt } from '#lib/tenancy'
import { connect, flowCookieName, sealFlow, unsealFlow } from '#runtime'

type FlowCookie = NonNullable<Awaited<ReturnType<typeof unsealFlow>>>

/** The cookie of a session's flow in this browser; `null` when it has none. */
export async function readFlow(session: string): Promise<FlowCookie | null> {
  return unsealFlow((await cookies()).get(flowCookieName(session))?.value)
}

/** The flow cookie as a `Set-Cookie` value. It goes to the portal alone and lives half an hour. */
export async function setFlow(flow: FlowCookie): Promise<string> {
  const secure = config().publicUrl.startsWith('https:') ? '; Secure' : ''
  const value = await sealFlow(flow)
  return `${flowCookieName(flow.session)}=${value}; Path=/connect; Max-Age=1800; HttpOnly; SameSite=Lax${secure}`
}

/** The session that this browser is in, with its flow. @throws AppError `session_expired` */
export async function openHere(session: string) {
  const flow = await readFlow(session)
  if (!flow) return null
  return { flow, open: await connect.openFlow(session, flow) }
}

/** Where a browser that has entered goes: to what it manages, or to the one connector there is a choice of, else to the list. */
export async function afterEntering(
  session: string,
  open: Parameters<typeof connect.portalView>[0],
  connector: string | null,
): Promise<string> {
  if (open.session.kind === 'manage') return `/connect/${session}/mine`
  const { connectors } = await connect.portalView(open)
  const only = connectors.length === 1 ? connectors[0] : undefined
  const chosen = connector ?? only?.id
  return chosen ? `/connect/${session}/consent/${chosen}` : `/connect/${session}/catalogue`
}

/**
 * A form or script of our own pages sent this, in a browser. `Origin` alone would not do: under `no-referrer` a form
 * sends `null`.
 * @throws AppError `forbidden`
 */
export function assertOwnPage(given: Headers): void {
  const site = given.get('sec-fetch-site')
  // server.ts says so, and nobody else: which domain of an organization's this page is at.
  const host = given.get('x-behalf-host')
  const page = host === null ? config().publicUrl : originAt(host)
  const own = site ? site === 'same-origin' : given.get('origin') === page
  if (!own) throw new AppError('forbidden', { detail: 'Only our own pages may send this.' })
}

/** The nonce that proxy.ts put into this response's content security policy. */
export const nonceOf = async (): Promise<string | undefined> =>
  (await headers()).get('x-behalf-nonce') ?? undefined
