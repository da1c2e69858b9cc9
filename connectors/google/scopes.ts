import type { Scope } from '#lib/connector-kit'

const prefix = 'https://www.googleapis.com/auth/'

export const calendarRead = `${prefix}calendar.readonly`
export const calendarEvents = `${prefix}calendar.events`
export const driveRead = `${prefix}drive.readonly`
export const driveMetadataRead = `${prefix}drive.metadata.readonly`
export const gmailRead = `${prefix}gmail.readonly`
export const gmailSend = `${prefix}gmail.send`

/**
 * What carries what at Google. The wide ones are never asked for; a grant from elsewhere, or a ceiling, may name them.
 * @see https://developers.google.com/identity/protocols/oauth2/scopes
 */
export const implies: Readonly<Record<string, readonly string[]>> = {
  [`${prefix}calendar`]: [calendarRead, calendarEvents],
  [`${prefix}drive`]: [driveRead],
  [driveRead]: [driveMetadataRead],
  'https://mail.google.com/': [`${prefix}gmail.modify`],
  [`${prefix}gmail.modify`]: [gmailRead, gmailSend],
}

export const scopes: Readonly<Record<string, Scope>> = {
  [calendarRead]: {
    does: 'read your calendars',
    example: 'Tell you when you are free this week',
    risk: 'read',
    withoutIt: 'The agent cannot see your calendar.',
  },
  [calendarEvents]: {
    does: 'read and change the events in your calendars',
    example: 'Put a meeting into your calendar',
    risk: 'write',
    withoutIt: 'The agent cannot add an event.',
  },
  [driveMetadataRead]: {
    does: 'read the names and dates of your Drive files, not what is in them',
    example: 'Find the link to a document by its name',
    risk: 'read',
    withoutIt: 'The agent cannot find your files.',
  },
  [driveRead]: {
    does: 'read all your Drive files',
    example: 'Find the document that mentions a project',
    risk: 'read',
    withoutIt: 'The agent cannot search in the text of your files.',
  },
  [gmailRead]: {
    does: 'read your e-mail',
    example: 'Find the message with your booking number',
    risk: 'read',
    withoutIt: 'The agent cannot see your e-mail.',
  },
  [gmailSend]: {
    does: 'send e-mail in your name',
    example: 'Answer a customer from your address',
    risk: 'send',
    withoutIt: 'The agent cannot send e-mail for you.',
  },
}
