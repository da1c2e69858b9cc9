import type { Origin } from '#lib/audit'
import {
  answerInteraction,
  type Decision,
  type Interaction,
  readInteraction,
} from '#lib/authorization-server'
import { type Translator, translator } from '#lib/i18n'
import { languageIn } from '../../../../language.ts'
import { assertOwnPage } from '../../../flow.ts'
import { leavingPage } from '../../../plain-page.ts'
import { portalRoute, seeOther, smallBody } from '../../../portal-route.ts'

type Step = {
  uid: string
  request: Request
  origin: Origin
  interaction: Interaction
  form: URLSearchParams
  t: Translator
  /** To the page of the interaction. @param query such as `said=wrong` */
  back: (query: string) => Response
  /** Tells the authorization server, and goes on to wherever that leads. */
  answer: (decision: Decision) => Promise<Response>
}

export const pathOf = (uid: string): string => `/oauth/interaction/${encodeURIComponent(uid)}`

/** A form of the page of an interaction: of our own page, in the browser that holds the interaction's cookie. */
export const interactionRoute = (name: string, work: (step: Step) => Promise<Response>) =>
  portalRoute<{ uid: string }>(
    `/oauth/interaction/[uid]/${name}`,
    'page',
    async ({ uid, request, origin }) => {
      assertOwnPage(request.headers)
      const interaction = await readInteraction(request, uid)
      const form = new URLSearchParams(await smallBody(request))
      return work({
        ...{ uid, request, origin, interaction, form },
        t: translator(languageIn(request.headers).locale),
        back: (query) => seeOther(`${pathOf(uid)}?${query}`),
        answer: async (decision) => {
          const { headers } = await answerInteraction(request, decision)
          const { client } = interaction
          const nonce = request.headers.get('x-behalf-nonce')
          // The server answers with one redirect after another, to the app in the end: no policy of ours can name it.
          return leavingPage(headers.get('location') ?? '/', client.redirectHost ?? client.name, nonce)
        },
      })
    },
  )
