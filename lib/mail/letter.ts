import { negotiate, type Translator, translator } from '#lib/i18n'

/** Who a letter is from, as the organization and its settings say. */
export type Sender = { organization: string; name: string | null; replyTo: string | null }

/** What a person is to be told. Kept sealed until it has gone: it has a code or a link in it. */
export type Note =
  | {
      kind: 'code'
      to: string
      locale: string | null
      connector: string
      account: string
      code: string
      minutes: number
    }
  | {
      kind: 'sign_in'
      to: string
      locale: string | null
      code: string
      /** For whoever has not said where they belong: it names the deployment, whichever org has it sent. */
      anywhere?: boolean
      minutes: number
    }
  | {
      /** A sign-in link to the console, which is in English. */
      kind: 'console'
      to: string
      locale: 'en'
      url: string
      /** Whether somebody has made them a member just now, rather than they asked for a link. */
      invites: boolean
      minutes: number
    }
  | {
      /** To whoever could approve what a colleague asked for. The link signs nobody in; the console is in English. */
      kind: 'approver'
      to: string
      locale: 'en'
      url: string
      by: string
      /** In the words of whoever asked. */
      reason: string
      /** How many accounts it would end; `null` over every organization. */
      accounts: number | null
      minutes: number
    }
  | {
      kind: 'link'
      to: string
      locale: string | null
      person: string | null
      url: string
      purpose: string | null
      /** Whether it leads to what a person manages, rather than asks them to connect. */
      manages?: boolean
      minutes: number
    }

export type Letter = {
  to: string
  fromName: string
  replyTo: string | null
  subject: string
  text: string
  html: string
}

/** Control characters end a header line, and bidirectional ones make a name read as another. */
const odd = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** Text of others as one plain line. @param most its longest length, in characters */
export const oneLine = (text: string, most = 120): string =>
  [...text.replace(odd, ' ').replace(/\s+/g, ' ').trim()].slice(0, most).join('')

/**
 * Text in which no mail program finds an address to make a link of: behind each mark that could be of one stands a word
 * joiner (U+2060), which nobody sees. What looks like our letter must not lead elsewhere.
 */
const unlinked = (text: string): string => text.replace(/(?<=\S)[.:/@](?=\S)|\/(?=\S)/g, '$&\u2060')

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const safe = (text: string): string => text.replace(/[&<>"']/g, (c) => escapes[c] ?? c)

type Part = { p: string } | { code: string } | { link: string; label: string } | { quiet: string }

/** Says a note in the person's language, as text and as HTML of the same words. */
export function letterOf(note: Note, sender: Sender): Letter {
  const t = translator(negotiate(note.locale, null))
  const organization = oneLine(sender.organization)
  const { subject, parts } = partsOf(t, note, organization)
  const all: Part[] = [...parts, { quiet: t('mail.sent_by', { organization }) }]
  return {
    to: note.to,
    fromName: oneLine(sender.name ?? sender.organization, 70),
    replyTo: sender.replyTo,
    subject,
    text: `${all.map(asText).join('\n\n')}\n`,
    html: asPage(t, subject, all),
  }
}

function partsOf(t: Translator, note: Note, organization: string): { subject: string; parts: Part[] } {
  if (note.kind === 'link') return linkParts(t, note, organization)
  if (note.kind === 'console') return consoleParts(note, organization)
  if (note.kind === 'approver') return approverParts(note, organization)
  return note.kind === 'code' ? codeParts(t, note) : signInParts(t, note, organization)
}

/** Whoever asks for a code types it themselves: nothing that they could choose stands in the letter. */
const signInParts = (t: Translator, note: Note & { kind: 'sign_in' }, organization: string) => ({
  subject: t('authorize.mail_subject', { organization }),
  parts: [
    { p: t('authorize.mail_intro', { organization }) },
    { code: note.code },
    { p: t('mail.code_expires', { minutes: note.minutes }) },
    { p: t('authorize.mail_warning') },
  ],
})

function codeParts(t: Translator, note: Note & { kind: 'code' }) {
  const facts = { connector: oneLine(note.connector), account: oneLine(note.account) }
  const parts: Part[] = [
    { p: t('mail.code_intro', facts) },
    { code: note.code },
    { p: t('mail.code_expires', { minutes: note.minutes }) },
    { p: t('mail.code_warning') },
  ]
  return { subject: t('mail.code_subject', facts), parts }
}

const consoleParts = ({ url, invites, minutes }: Note & { kind: 'console' }, organization: string) => ({
  subject: invites
    ? `You are invited to the console of ${organization}`
    : `Your sign-in link to the console of ${organization}`,
  parts: [
    {
      p: invites
        ? `You have been made a member of the console of ${organization}, which says what AI agents may do there.`
        : 'Somebody, hopefully you, asked for a link to sign in to the console.',
    },
    { link: url, label: 'Sign in' },
    {
      p: `The link works once, in the next ${minutes} minutes. Later, ask for another on the sign-in page.`,
    },
    { p: 'Do not pass it on: whoever opens it is you. If you did not expect this, you need do nothing.' },
  ],
})

const hourMinutes = 60

function approverParts(note: Note & { kind: 'approver' }, organization: string) {
  const by = oneLine(note.by)
  const [what, where] =
    note.accounts === null
      ? ['all accounts that match', 'in every organization']
      : [
          `${note.accounts.toLocaleString('en')} connected account${note.accounts === 1 ? '' : 's'}`,
          `of ${organization}`,
        ]
  const hours = Math.max(1, Math.round(note.minutes / hourMinutes))
  return {
    subject: `A revocation at ${organization} needs a second person`,
    parts: [
      {
        p: `${by} asked that ${what} ${where} be revoked. It takes a second person, and you are one who could.`,
      },
      { p: `Their reason: ${unlinked(oneLine(note.reason, 500))}` },
      { link: note.url, label: 'Look at what was asked' },
      {
        p: `You sign in first, and then approve or deny on that page: opening the link does neither. It ends by itself in ${hours} ${hours === 1 ? 'hour' : 'hours'}.`,
      },
      { p: 'If you do not know of this, ask them by another way than this letter before you approve.' },
    ],
  }
}

function linkParts(t: Translator, note: Note & { kind: 'link' }, organization: string) {
  const person = oneLine(note.person ?? '')
  const purpose = oneLine(note.purpose ?? '', 500)
  const parts: Part[] = [
    { p: person ? t('mail.greeting', { person }) : t('mail.greeting_nameless') },
    { p: t(note.manages ? 'mail.manage_intro' : 'mail.link_intro', { organization }) },
    ...(purpose ? [{ p: t('mail.link_purpose', { purpose }) }] : []),
    { link: note.url, label: t(note.manages ? 'mail.manage_button' : 'mail.link_button') },
    {
      p:
        note.minutes < 2 * hourMinutes
          ? t('mail.link_expires_minutes', { minutes: note.minutes })
          : t('mail.link_expires_hours', { hours: Math.floor(note.minutes / hourMinutes) }),
    },
    { p: t('mail.link_warning') },
  ]
  const subject = t(note.manages ? 'mail.manage_subject' : 'mail.link_subject', { organization })
  return { subject, parts }
}

function asText(part: Part): string {
  if ('p' in part) return part.p
  if ('code' in part) return `    ${part.code}`
  return 'link' in part ? `${part.label}:\n${part.link}` : `-- \n${part.quiet}`
}

const font = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif'

function asHtml(part: Part): string {
  if ('p' in part) return `<p style="margin:0 0 16px">${safe(part.p)}</p>`
  if ('code' in part)
    return `<p dir="ltr" style="margin:0 0 16px;font-size:30px;font-weight:600;letter-spacing:6px">${safe(part.code)}</p>`
  if ('link' in part)
    return `<p style="margin:0 0 16px"><a href="${safe(part.link)}" style="display:inline-block;padding:10px 18px;border-radius:8px;background:#1f2937;color:#ffffff;text-decoration:none">${safe(part.label)}</a></p>`
  return `<p style="margin:24px 0 0;font-size:13px;color:#565e6d">${safe(part.quiet)}</p>`
}

/** No image, script or style of anybody's: nothing that a mail program would have to ask about. */
const asPage = (t: Translator, title: string, parts: readonly Part[]): string =>
  `<!doctype html>
<html lang="${t.locale}" dir="${t.dir}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe(title)}</title></head>
<body style="margin:0;padding:24px;font-size:16px;line-height:1.5;${font}">
<div style="max-width:520px">${parts.map(asHtml).join('\n')}</div>
</body>
</html>
`
