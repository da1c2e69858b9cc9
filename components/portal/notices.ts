/** What a person is told when the flow cannot go on: what happened, and what to do now. */
export type Notice = {
  title: string
  body: string
  next: string
  /** Whether the detail of the error says more than `body`, being written for people. */
  speaks?: true
}

export const notices = {
  session_expired: {
    title: 'This link has expired',
    body: 'For your safety, a link to connect accounts works for a short time only. Nothing was changed.',
    next: 'Go back to where you came from and start again.',
  },
  session_used: {
    title: 'This link was already used',
    body: 'Each link works once. What was connected with it stays connected.',
    next: 'To connect another account, go back to where you came from and start again.',
  },
  user_mismatch: {
    title: 'This link was for someone else',
    body: 'The person or the browser that finished is not the one that was invited. Nothing was connected, and nothing that was just allowed can be used.',
    next: 'Open the link yourself, in this browser, from where it was given to you.',
  },
  account_mismatch: {
    title: 'That was another account',
    body: 'You signed in to another account than the one being reconnected. The account that was connected before is unchanged.',
    next: 'Start again and sign in to the same account as before.',
  },
  not_entered: {
    title: 'Open your link again',
    body: 'This browser has not opened the link to this page, or it is more than half an hour ago.',
    next: 'Go back to where you came from and start again.',
  },
  not_found: {
    title: 'There is nothing here',
    body: 'This page does not exist, or the link is incomplete.',
    next: 'Check the address, or go back to where you came from.',
  },
  bad_request: {
    title: 'This answer does not fit',
    body: 'It belongs to another attempt, or it was used before. Nothing was connected.',
    next: 'Go back to where you came from and start again.',
  },
  invalid_request: {
    title: 'Something is missing',
    body: 'The form was not complete.',
    next: 'Go back one page and try again.',
    speaks: true,
  },
  conflict: {
    title: 'Please read it again',
    body: 'What you would agree to has changed since you opened the page. Nothing was connected.',
    next: 'Go back one page, reload it, and decide on the new text.',
  },
  forbidden: {
    title: 'This was not sent by you',
    body: 'The request came from another site. Nothing was changed.',
    next: 'Go back and press the button on our page.',
  },
  rate_limited: {
    title: 'That was a little fast',
    body: 'There were many tries in a short time.',
    next: 'Wait a minute, then try again.',
  },
  unavailable: {
    title: 'Not available just now',
    body: 'This cannot be done at the moment. Nothing was changed.',
    next: 'Try again in a moment.',
    speaks: true,
  },
  upstream: {
    title: 'The provider did not finish',
    body: 'It answered with an error or not at all. Nothing was connected.',
    next: 'Start again in a moment. If it keeps happening, tell whoever gave you the link.',
  },
  internal: {
    title: 'Something went wrong here',
    body: 'This is our fault, not yours. Nothing was connected.',
    next: 'Try again in a moment.',
  },
} as const satisfies Record<string, Notice>

export type NoticeCode = keyof typeof notices

/** The notice for an error code of the API; an unknown one is our fault. */
export function noticeOf(code: string): Notice {
  if (Object.hasOwn(notices, code)) return notices[code as NoticeCode]
  return /^(upstream_|circuit_open$)/.test(code) ? notices.upstream : notices.internal
}

/** The notice for a thrown error, in its own words where those were written for people. */
export function noticeFor(error: { code: string; facts: { detail?: string } }): Notice {
  const notice = noticeOf(error.code)
  return notice.speaks && error.facts.detail ? { ...notice, body: error.facts.detail } : notice
}

/** The notice for a session that ended without a connection, by its `status_reason`. */
export const noticeOfFailure = (reason: string | null): Notice =>
  reason === null || reason.startsWith('provider_') ? notices.upstream : noticeOf(reason)
