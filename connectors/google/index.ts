import { z } from 'zod'
import { defineConnector, oauth2, standardTokens } from '#lib/connector-kit'
import { createCalendarEvent, listCalendarEvents } from './calendar.ts'
import { getDriveFile, searchDriveFiles } from './drive.ts'
import { getGmailMessage, searchGmailMessages, sendGmailMessage } from './gmail.ts'
import { asAsked, driveMetadataRead, driveRead, scopes } from './scopes.ts'

const person = z.object({ sub: z.string(), email: z.string().optional(), name: z.string().optional() })

export const google = defineConnector({
  id: 'google',
  name: 'Google',
  summary: 'Calendar, Drive and Gmail.',
  apiBaseUrl: '{www}',
  baseUrls: {
    accounts: 'https://accounts.google.com',
    oauth2: 'https://oauth2.googleapis.com',
    openid: 'https://openidconnect.googleapis.com',
    www: 'https://www.googleapis.com',
    gmail: 'https://gmail.googleapis.com',
  },
  auth: oauth2({
    authorizeUrl: '{accounts}/o/oauth2/v2/auth',
    tokenUrl: '{oauth2}/token',
    // Sent with the redirect since 2026, though Google's metadata does not advertise it.
    issuer: '{accounts}',
    clientAuth: 'client_secret_post',
    baseScopes: ['openid', 'email'],
    nonce: true,
    authorizeParams: {
      access_type: 'offline',
      // Google gives a refresh token at the first consent only, unless it is made to ask again.
      prompt: 'consent',
      // Else a token carries all that this client was ever granted, beyond what the person ticks now.
      include_granted_scopes: 'false',
    },
    rotation: 'none',
    parseTokens: (body) => {
      const tokens = standardTokens(body)
      return { ...tokens, scopes: tokens.scopes?.map(asAsked) ?? null }
    },
    revoke: {
      url: '{oauth2}/revoke',
      method: 'POST',
      authenticate: 'client',
      body: 'form_token',
      token: 'refresh_or_access',
      // It ends all that the person granted this client, other connections of theirs included.
      endsWiderGrant: true,
      confirms: (status) => status === 200,
    },
    identity: {
      url: '{openid}/v1/userinfo',
      method: 'GET',
      parse: (body) => {
        const { sub, email, name } = person.parse(body)
        return { id: sub, label: email ?? name ?? sub }
      },
    },
    tokenErrors: [
      // Revoked, unused for six months and expired after seven days of testing share this one code.
      { codes: ['invalid_grant'], is: 'ambiguous' },
      {
        codes: [
          'invalid_client',
          'deleted_client',
          'disabled_client',
          'unauthorized_client',
          'redirect_uri_mismatch',
        ],
        is: 'config',
      },
      { codes: ['rate_limit_exceeded'], is: 'rate_limited' },
      { codes: ['internal_failure', 'temporarily_unavailable', 'backend_error'], is: 'transient' },
    ],
  }),
  scopes,
  implies: { [driveRead]: [driveMetadataRead] },
  overGrant:
    'Google has no right for adding events alone: its token would also permit changing and deleting events. ' +
    'Behalf keeps the token and offers the agent none of that.',
  apiErrors: [
    { codes: ['UNAUTHENTICATED', '401'], is: 'expired' },
    { codes: ['RESOURCE_EXHAUSTED', '429'], is: 'rate_limited' },
    { codes: ['PERMISSION_DENIED', '403'], is: 'permission' },
    { codes: ['NOT_FOUND', '404', '410'], is: 'not_found' },
    {
      codes: ['UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED', 'ABORTED', '500', '502', '503'],
      is: 'transient',
    },
    {
      codes: ['INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'ALREADY_EXISTS', '400', '409', '412'],
      is: 'invalid',
    },
  ],
  // Cross-Account Protection (RISC).
  notices: {
    scheme: 'shared_signals',
    issuers: ['{accounts}'],
    jwksUrl: '{www}/oauth2/v3/certs',
  },
  tools: [
    listCalendarEvents,
    createCalendarEvent,
    searchDriveFiles,
    getDriveFile,
    searchGmailMessages,
    getGmailMessage,
    sendGmailMessage,
  ],
})
