import { defineProfile } from '#lib/connector-kit'
import { busy } from './common.ts'

export const microsoft = defineProfile({
  id: 'microsoft',
  name: 'Microsoft Entra ID',
  baseUrls: { login: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  inputs: {
    tenant: {
      pattern:
        /common|organizations|consumers|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9][a-z0-9.-]{0,200}\.[a-z]{2,63}/,
      default: 'common',
      example: 'contoso.onmicrosoft.com',
    },
  },
  authorizeUrl: '{login}/{tenant}/oauth2/v2.0/authorize',
  tokenUrl: '{login}/{tenant}/oauth2/v2.0/token',
  pkce: 'optional',
  clientAuth: 'client_secret_post',
  baseScopes: ['openid', 'profile', 'email', 'offline_access'],
  nonce: true,
  rotation: 'sliding_not_revoked',
  accessTtlSeconds: 3600,
  refreshIdleSeconds: 90 * 86_400,
  revoke: {
    meaning: 'none',
    request: null,
    note: 'There is no revocation of one token. revokeSignInSessions would end every session of the person: it is never called.',
  },
  identity: { from: 'id_token', id: '{tid}/{oid}', label: ['{preferred_username}', '{email}', '{name}'] },
  // `error_codes` refine `error`; the description is not parsed, as Microsoft asks.
  tokenErrors: [
    { codes: ['AADSTS50173', 'AADSTS65001', 'AADSTS50057', 'AADSTS70000'], is: 'dead' },
    { codes: ['AADSTS70008', 'AADSTS700082', 'AADSTS700084', 'AADSTS70043'], is: 'expired_refresh' },
    {
      codes: ['interaction_required', 'AADSTS50074', 'AADSTS50076', 'AADSTS50078', 'AADSTS50079'],
      is: 'interaction',
    },
    // The last is our own loop.
    {
      codes: [
        'invalid_client',
        'AADSTS70002',
        'AADSTS700027',
        'AADSTS70001',
        'unauthorized_client',
        'AADSTS50196',
      ],
      is: 'config',
    },
    {
      codes: ['temporarily_unavailable', 'AADSTS90006', 'AADSTS90024', 'AADSTS50033', 'AADSTS50087'],
      is: 'transient',
    },
    { codes: ['invalid_grant'], is: 'ambiguous' },
    ...busy,
  ],
  apiErrors: [{ statuses: [401], is: 'expired' }, ...busy],
  quirks: [
    'Refresh tokens live 24 hours for single-page apps and e-mail one-time passcodes.',
    'Refresh tokens of confidential clients survive a change of password.',
    'A refresh token is bound to person and client, not to resource or tenant.',
  ],
  sources: [
    'MicrosoftDocs/entra-docs docs/identity-platform/reference-error-codes.md@04f6554',
    'https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens',
    'https://learn.microsoft.com/en-us/answers/questions/1158831',
    'NangoHQ/nango@2f4c0af packages/providers/providers.yaml',
    'pilcrowonpaper/arctic branch v2 src/providers/microsoft-entra-id.ts',
  ],
  unverified: ['access_ttl_s', 'suberror', 'client_auth list', 'identity endpoint'],
})
