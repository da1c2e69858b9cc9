import { defineConnector, oauth2Of } from '#lib/connector-kit'
import { google as profile } from '../profiles/google.ts'
import { createCalendarEvent, listCalendarEvents } from './calendar.ts'
import { getDriveFile, searchDriveFiles } from './drive.ts'
import { downloadDriveFile } from './drive-content.ts'
import { getGmailMessage, searchGmailMessages, sendGmailMessage } from './gmail.ts'
import { calendarEvents, implies, scopes } from './scopes.ts'
import { words } from './words/index.ts'

export const google = defineConnector({
  id: 'google',
  name: 'Google',
  summary: 'Calendar, Drive and Gmail.',
  apiBaseUrl: '{www}',
  baseUrls: profile.baseUrls,
  auth: oauth2Of(profile),
  scopes,
  implies,
  overGrant:
    'Google has no right for adding events alone: its token would also permit changing and deleting events. ' +
    'Behalf keeps the token and offers the agent none of that.',
  blocked: {
    change_events: { does: 'change or delete events', with: [calendarEvents] },
  },
  purposes: {
    read: 'So that the agent can find times, files and messages for you.',
    write: 'So that the agent can put meetings into your calendar.',
    send: 'So that the agent can answer in your name.',
  },
  samples: [
    { tool: 'google.list_calendar_events', says: 'Find an hour this week when you are free' },
    { tool: 'google.search_gmail_messages', says: 'Look for a booking number in your e-mail' },
    { tool: 'google.send_gmail_message', says: 'Send an e-mail from your address' },
  ],
  apiErrors: profile.apiErrors,
  rates: profile.rates,
  // Cross-Account Protection (RISC).
  notices: {
    scheme: 'shared_signals',
    issuers: ['{accounts}'],
    jwksUrl: '{www}/oauth2/v3/certs',
  },
  words,
  tools: [
    listCalendarEvents,
    createCalendarEvent,
    searchDriveFiles,
    getDriveFile,
    downloadDriveFile,
    searchGmailMessages,
    getGmailMessage,
    sendGmailMessage,
  ],
})
