import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const clickup = defineProfile({
  id: 'clickup',
  name: 'ClickUp',
  baseUrls: { app: 'https://app.clickup.com', api: 'https://api.clickup.com' },
  authorizeUrl: '{app}/api',
  tokenUrl: '{api}/api/v2/oauth/token',
  pkce: 'unsupported',
  clientAuth: 'client_secret_post',
  rotation: 'no_refresh_token',
  revoke: { meaning: 'none', request: null, note: 'None was found.' },
  identity: {
    from: 'api',
    url: '{api}/api/v2/user',
    method: 'GET',
    id: '{user.id}',
    label: ['{user.email}', '{user.username}'],
  },
  tokenErrors: [{ codes: ['OAUTH_017'], is: 'config' }, ...busy],
  apiErrors: [
    { codes: ['OAUTH_026'], is: 'dead' },
    { codes: ['OAUTH_019'], is: 'ambiguous' },
    // The workspace was not granted.
    { codes: ['OAUTH_023', 'OAUTH_027'], is: 'permission' },
    ...busy,
  ],
  quirks: ['There are no scopes: consent is per workspace.', 'Access tokens do not end at present.'],
  sources: [
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'third-party skill page clickup-common-errors',
  ],
  unverified: ['all ECODE meanings', 'expiry', 'pkce'],
})
