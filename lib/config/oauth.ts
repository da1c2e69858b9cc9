import { z } from 'zod'

export const oauthEnvironment = {
  BEHALF_OAUTH_REGISTRATION: z.enum(['on', 'off']).default('on'),
}

/** Which clients the authorization server knows. */
export type OauthSettings = Readonly<{
  /** Whether clients may register themselves, or name a document that describes them. */
  registration: boolean
}>

export const readOauthSettings = (e: { BEHALF_OAUTH_REGISTRATION: 'on' | 'off' }): OauthSettings => ({
  registration: e.BEHALF_OAUTH_REGISTRATION === 'on',
})
