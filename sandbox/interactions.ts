import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors } from 'oidc-provider'
import { readText } from './answer.ts'
import type { Control } from './faults.ts'
import type { OAuth } from './oauth.ts'
import { consentPage, loginPage, messagePage, pageHeaders } from './pages.ts'
import { findPerson } from './people.ts'
import { scopes } from './scopes.ts'

export const sendPage = (res: ServerResponse, status: number, html: string) => {
  res.writeHead(status, pageHeaders).end(html)
}

const seeOther = (res: ServerResponse, location: string) => {
  res.writeHead(303, { location, 'content-length': 0, 'cache-control': 'no-store' }).end()
}

const denial = { error: 'access_denied', error_description: 'the person did not allow access' }

/** The pages between the authorization request and its answer: who are you, and what may the app do. */
export function createInteractions({ provider }: OAuth, control: Control) {
  type Details = Awaited<ReturnType<typeof provider.interactionDetails>>

  /** @param refused what was typed when no practice user matched it, else null */
  async function showPage(res: ServerResponse, details: Details, refused: string | null) {
    const base = `/interaction/${details.uid}`
    const client = await provider.Client.find(String(details.params.client_id))
    const clientName = client?.clientName ?? client?.clientId ?? 'an unknown app'
    const person = findPerson(details.result?.login?.accountId ?? '')
    if (person && refused === null) {
      const requested = String(details.params.scope ?? '').split(' ')
      const returnsTo = new URL(String(details.params.redirect_uri)).host
      const action = `${base}/consent`
      const switchAction = `${base}/switch`
      sendPage(res, 200, consentPage({ action, switchAction, clientName, returnsTo, person, requested }))
      return
    }
    const hint = refused ?? String(details.params.login_hint ?? '')
    const page = loginPage({ action: `${base}/login`, clientName, hint, unknownEmail: refused !== null })
    sendPage(res, refused === null ? 200 : 422, page)
  }

  async function login(req: IncomingMessage, res: ServerResponse, details: Details, form: URLSearchParams) {
    const typed = form.get('user') ?? ''
    const picked = findPerson(typed)
    if (!picked) return showPage(res, details, typed)
    const accountId = (findPerson(control.takeWrongAccount() ?? '') ?? picked).id
    await provider.interactionResult(req, res, { login: { accountId, remember: false } })
    seeOther(res, `/interaction/${details.uid}`)
  }

  async function consent(req: IncomingMessage, res: ServerResponse, details: Details, form: URLSearchParams) {
    const signedIn = details.result?.login
    if (!signedIn) return seeOther(res, `/interaction/${details.uid}`)
    if (form.get('decision') !== 'allow') return finishDenied(req, res)
    const requested = String(details.params.scope ?? '').split(' ')
    const ticked = new Set(form.getAll('scope'))
    const granted = requested.filter((scope) => scopes[scope]?.fixed || (scopes[scope] && ticked.has(scope)))
    if (granted.length === 0) return finishDenied(req, res)
    const grant = new provider.Grant({
      accountId: signedIn.accountId,
      clientId: String(details.params.client_id),
    })
    grant.addOIDCScope(granted.join(' '))
    const result = { login: signedIn, consent: { grantId: await grant.save() } }
    await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
  }

  const finishDenied = (req: IncomingMessage, res: ServerResponse) =>
    provider.interactionFinished(req, res, denial, { mergeWithLastSubmission: false })

  async function dispatch(req: IncomingMessage, res: ServerResponse, uid: string, step: string) {
    const details = await provider.interactionDetails(req, res)
    if (details.uid !== uid) throw new errors.SessionNotFound('interaction and cookie do not match')
    if (req.method === 'GET' && step === '') {
      if (control.take('deny')) return finishDenied(req, res)
      return showPage(res, details, null)
    }
    if (req.method !== 'POST')
      return sendPage(res, 405, messagePage('Not here', 'This address takes a form.'))
    const form = new URLSearchParams(await readText(req))
    if (step === 'login') return login(req, res, details, form)
    if (step === 'consent') return consent(req, res, details, form)
    if (step === 'switch') {
      await provider.interactionResult(req, res, {}, { mergeWithLastSubmission: false })
      return seeOther(res, `/interaction/${uid}`)
    }
    sendPage(res, 404, messagePage('Not found', 'There is no such page.'))
  }

  return async (req: IncomingMessage, res: ServerResponse, path: string): Promise<void> => {
    const [uid = '', step = ''] = path.replace('/interaction/', '').split('/')
    try {
      await dispatch(req, res, uid, step)
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
      const text = 'It was used already, or it waited too long. Start again from the app that sent you here.'
      sendPage(res, 400, messagePage('This sign-in page has expired', text))
    }
  }
}
