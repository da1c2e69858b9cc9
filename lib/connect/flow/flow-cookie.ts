import { hkdfSync } from 'node:crypto'
import { sealData, unsealData } from 'iron-session'
import { config } from '#lib/config'
import type { Proofs } from '#lib/oauth'

/**
 * What ties a connect flow to one browser: kept sealed in a first-party cookie, never on the server and never in a
 * frame. `attempt` is there while the browser is at the provider; `confirmationCode` when it came back and there is
 * no return URL to carry it.
 */
export type FlowCookie = {
  session: string
  /** `inputs` are the parts of the provider's address that the person gave: no secrets, and nothing else is kept here. */
  attempt?: { id: string; connector: string; inputs?: Readonly<Record<string, string>> } & Proofs
  confirmationCode?: string
  /** The answered attempt whose person picks what it may reach. */
  picking?: string
  /** This browser came back from the provider: a reload of that page is no stranger. */
  finished?: boolean
}

/** A sealed invitation to continue a session in another window. */
export type Ticket = { ticket: string; connector: string }

/** What a tab keeps over a reload: which session it holds, and the digest of the handle that it takes the place of. */
export type Resume = { resume: string; handle: string }

const flowSeconds = 30 * 60
const ticketSeconds = 10 * 60
const resumeSeconds = 10 * 60

/** The key of one kind of seal, apart from those of the others. */
export const password = (purpose: string): string =>
  Buffer.from(hkdfSync('sha256', config().sessionSecret, '', `behalf/${purpose}`, 32)).toString('base64')

export const sealFlow = (flow: FlowCookie): Promise<string> =>
  sealData(flow, { password: password('flow'), ttl: flowSeconds })

/** The flow in a cookie; `null` for one that is absent, forged, or older than half an hour. */
export async function unsealFlow(value: string | undefined): Promise<FlowCookie | null> {
  if (!value) return null
  const flow = await unsealData<Partial<FlowCookie>>(value, { password: password('flow'), ttl: flowSeconds })
  return typeof flow.session === 'string' ? (flow as FlowCookie) : null
}

export const sealTicket = (ticket: Ticket): Promise<string> =>
  sealData(ticket, { password: password('ticket'), ttl: ticketSeconds })

export async function unsealTicket(value: string): Promise<Ticket | null> {
  const ticket = await unsealData<Partial<Ticket>>(value, {
    password: password('ticket'),
    ttl: ticketSeconds,
  })
  return typeof ticket.ticket === 'string' && typeof ticket.connector === 'string' ? (ticket as Ticket) : null
}

export const sealResume = (resume: Resume): Promise<string> =>
  sealData(resume, { password: password('resume'), ttl: resumeSeconds })

/** `null` for one that is forged or older than ten minutes. */
export async function unsealResume(value: string): Promise<Resume | null> {
  const options = { password: password('resume'), ttl: resumeSeconds }
  // What is no seal at all throws; what is a bad one is empty.
  const given = await unsealData<Partial<Resume>>(value, options).catch((): Partial<Resume> => ({}))
  return typeof given.resume === 'string' && typeof given.handle === 'string' ? (given as Resume) : null
}

/** One cookie per session, so that two flows in one browser do not overwrite each other. */
export const flowCookieName = (sessionPublicId: string): string =>
  `bhf_flow_${sessionPublicId.replace(/^cs_/, '')}`

/** The session that a state belongs to: its prefix, which is how a callback finds its cookie. */
export const sessionOfState = (state: string | null): string | null => {
  const hex = /^([0-9a-f]{32})\./.exec(state ?? '')?.[1]
  return hex ? `cs_${hex}` : null
}
