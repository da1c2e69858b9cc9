import { defineConnector, oauth2Of } from '#lib/connector-kit'
import { google as profile } from '../profiles/google.ts'
import { createCalendarEvent, listCalendarEvents } from './calendar.ts'
import { getDriveFile, searchDriveFiles } from './drive.ts'
import { getGmailMessage, searchGmailMessages, sendGmailMessage } from './gmail.ts'
import { driveMetadataRead, driveRead, scopes } from './scopes.ts'

export const google = defineConnector({
  id: 'google',
  name: 'Google',
  summary: 'Calendar, Drive and Gmail.',
  apiBaseUrl: '{www}',
  baseUrls: profile.baseUrls,
  auth: oauth2Of(profile),
  scopes,
  implies: { [driveRead]: [driveMetadataRead] },
  overGrant:
    'Google has no right for adding events alone: its token would also permit changing and deleting events. ' +
    'Behalf keeps the token and offers the agent none of that.',
  apiErrors: profile.apiErrors,
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
