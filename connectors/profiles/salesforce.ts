import { defineProfile } from '#lib/connector-kit'
import { serverErrors } from './common.ts'

export const salesforce = defineProfile({
  id: 'salesforce',
  name: 'Salesforce',
  baseUrls: { login: 'https://{host}' },
  inputs: {
    host: {
      pattern: /(?:login|test|[a-z0-9][a-z0-9-]{0,100}(?:\.sandbox)?\.my)\.salesforce\.com/,
      default: 'login.salesforce.com',
      example: 'acme.my.salesforce.com',
    },
  },
  authorizeUrl: '{login}/services/oauth2/authorize',
  tokenUrl: '{login}/services/oauth2/token',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  baseScopes: ['refresh_token'],
  rotation: 'single_use_optin',
  tokens: {
    apiOrigin: { field: 'instance_url', hosts: ['.salesforce.com', '.force.com', '.salesforce.mil'] },
  },
  revoke: {
    meaning: 'per_token',
    request: {
      url: '{login}/services/oauth2/revoke',
      method: 'POST',
      authenticate: 'none',
      body: 'form_token',
      token: 'refresh_or_access',
      confirmedBy: { statuses: [200] },
    },
  },
  // An address that names the organization and the user.
  identity: { from: 'token_response', id: '{id}', label: [] },
  tokenErrors: [
    { codes: ['invalid_grant'], texts: ['inactive user', 'inactive organization'], is: 'dead' },
    // "expired access/refresh token" is said of tokens that expired, were revoked or were used before.
    { codes: ['invalid_grant'], is: 'ambiguous' },
    { codes: ['invalid_client_id', 'invalid_client'], is: 'config' },
    { codes: ['unknown_error'], is: 'transient' },
    ...serverErrors,
  ],
  apiErrors: [
    { codes: ['INVALID_SESSION_ID'], is: 'expired' },
    { statuses: [401], is: 'expired' },
    ...serverErrors,
  ],
  quirks: [
    "Access tokens last as long as the org's session timeout; no expires_in comes.",
    'Of more than five approvals per user and app the oldest is revoked.',
    'Sandboxes sign in at test.salesforce.com.',
  ],
  sources: [
    'https://help.salesforce.com/…remoteaccess_oauth_refresh_token_flow.htm',
    'github.com/restforce/restforce/issues/81,303,826',
    'github.com/airbytehq/airbyte/issues/82783',
    'https://docs.oracle.com/…/error-when-connected-app-attempts-access-your-salesforce-data.html',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/salesforce.ts',
  ],
  unverified: ['2 h default', 'inactive organization', 'userinfo path', 'invalid_client_id', 'host list'],
})
