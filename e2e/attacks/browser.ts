// A person's browser in HTTP: cookies of its own, forms as they stand on the page, redirects followed one by one.
// A thousand of them cost what one real browser does.
import { request as http } from 'node:http'
import { authorizeByHttp, type CookieJar, createJar } from '../../sandbox/drive.ts'
import { instance } from '../../scripts/testing/instance.ts'
import type { Session } from '../support/test.ts'

export type Page = { status: number; url: URL; html: string; heading: string }
/** An answer by itself. */
export type Raw = { status: number; location: string | null; html: string }

/** How a browser sends a form of our own pages, as far as headers say. */
export const formHeaders = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
} as const

/** Headers that forms and scripts of other sites come with, and those of what is no browser. */
export const foreignHeaders: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'same-site', origin: 'https://sub.localhost' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain', origin: 'null' },
  { 'sec-fetch-site': 'Same-Origin, cross-site' },
  { 'content-type': 'text/plain', origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://localhost' },
  { origin: 'http://localhost.evil.example' },
  { referer: `http://localhost/connect` },
  {},
]

const text = (html: string): string =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('&#x27;', "'")
    .replace(/\s+/g, ' ')
    .trim()

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&')

/** What a form sends when its first button is pressed: hidden fields, and what is chosen beforehand. */
function fieldsOf(form: string): URLSearchParams {
  const fields = new URLSearchParams()
  for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
    const [name, value = 'on', type = 'text'] = ['name', 'value', 'type'].map((given) =>
      attribute(tag, given),
    )
    const chosen = !['checkbox', 'radio'].includes(type) || /\schecked\b/.test(tag)
    if (name && chosen) fields.append(name, attribute(tag, 'value') ?? (type === 'checkbox' ? value : ''))
  }
  return fields
}

/** Where a page sends the browser by itself. */
const refreshOf = (html: string): string | undefined =>
  /<meta http-equiv="refresh" content="0;url=([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')

type Given = { path: string; method?: string; headers: Record<string, string>; body?: string }
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

/**
 * One request by the letter: fetch would put its own host, path and metadata in place of these. Of an answer that goes on for
 * ever, such as a stream of events, what came in ten seconds is the answer.
 */
export const sendByLetter = ({ path, method = 'GET', headers, body }: Given): Promise<Answer> =>
  new Promise((done, fail) => {
    const request = http(
      { host: '127.0.0.1', port: instance().port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        const settle = () => {
          clearTimeout(deadline)
          const { statusCode: status = 0, headers: given } = response
          done({ status, headers: given, body: Buffer.concat(chunks).toString() })
          request.destroy()
        }
        clearTimeout(deadline)
        deadline = setTimeout(settle, 10_000)
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', settle)
      },
    )
    let deadline = setTimeout(() => request.destroy(new Error(`no answer to ${method} ${path}`)), 20_000)
    request.on('error', fail)
    request.end(body)
  })

export type Browser = ReturnType<typeof createBrowser>

/** @param person whom the practice provider sees; every browser has a jar of its own, there too */
export function createBrowser(person: string) {
  const own: CookieJar = createJar()
  const atProvider: CookieJar = createJar()
  const base = instance().publicUrl

  async function send(url: URL, form?: URLSearchParams | string): Promise<Page> {
    const response = await fetch(url, {
      redirect: 'manual',
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'text/html',
        cookie: own.header(),
        'sec-fetch-site': form === undefined ? 'none' : 'same-origin',
        ...(typeof form === 'string' && { 'content-type': 'application/json' }),
      },
      ...(form !== undefined && { body: form }),
    })
    own.keep(response)
    const html = await response.text()
    const location = response.headers.get('location')
    if (location !== null && response.status < 400) {
      const next = new URL(location, url)
      if (next.origin === url.origin) return send(next)
      return { status: response.status, url: next, html: '', heading: '' }
    }
    const heading = text(/<h1\b[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? '')
    return { status: response.status, url, html, heading }
  }

  const goto = (to: string | URL): Promise<Page> => send(new URL(to, base))

  /** Presses the first button of the first form whose action ends so. @throws Error where there is none */
  function press(page: Page, action: string, also: Record<string, readonly string[]> = {}): Promise<Page> {
    const form = [...page.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].find(([, tag]) =>
      attribute(tag ?? '', 'action')?.endsWith(action),
    )
    if (!form) throw new Error(`${page.status} “${page.heading}” has no form to ${action}`)
    const fields = fieldsOf(form[2] ?? '')
    for (const [name, values] of Object.entries(also)) {
      fields.delete(name)
      for (const value of values) fields.append(name, value)
    }
    return send(new URL(attribute(form[1] ?? '', 'action') ?? '', page.url), fields)
  }

  const browser = {
    goto,
    press,

    /** The cookies of this browser, as a thief would have them. */
    cookies: (): string => own.header(),

    /** One request as it is given, with the cookies of this browser unless it names others, and followed nowhere. */
    async raw(
      path: string,
      { headers = {}, ...rest }: { method?: string; headers?: Record<string, string>; body?: string } = {},
    ): Promise<Raw> {
      const response = await fetch(new URL(path, base), {
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: own.header(), ...headers },
        ...rest,
      })
      own.keep(response)
      return {
        status: response.status,
        location: response.headers.get('location'),
        html: await response.text(),
      }
    },

    /** Says yes, to a connector that asks here for what it needs. @returns the page that this leads to */
    agree: (consent: Page): Promise<Page> => press(consent, '/approve'),

    post: (path: string, body: unknown): Promise<Page> => send(new URL(path, base), JSON.stringify(body)),

    /** Opens a session by its token, as the page behind `url` does. @returns the page it leads to */
    async enter(session: Session, token = session.token): Promise<Page> {
      const answer = await browser.post(`/connect/${session.id}/enter`, { token })
      if (answer.status !== 200) return answer
      return goto((JSON.parse(answer.html) as { location: string }).location)
    },

    /** Opens a hosted link and presses its button. */
    async enterByLink(link: string): Promise<Page> {
      const page = await goto(link)
      return page.status === 200 && page.html.includes('/enter"') ? press(page, '/enter') : page
    },

    /** Says yes. @returns the provider's address, or `null` when the page does not lead there */
    async approve(consent: Page): Promise<URL | null> {
      if (!consent.html.includes('/approve"')) return null
      const leaving = refreshOf((await press(consent, '/approve')).html)
      return leaving === undefined ? null : new URL(leaving)
    },

    /** Signs in at the provider and allows. @returns where the provider sends the browser */
    allow: (authorizeUrl: URL): Promise<URL> =>
      authorizeByHttp({ authorizeUrl, user: person, grant: 'all', jar: atProvider }),

    /** From the consent page to the last one. */
    async finish(consent: Page): Promise<Page> {
      const authorizeUrl = await browser.approve(consent)
      return authorizeUrl ? goto(await browser.allow(authorizeUrl)) : consent
    },
  }
  return browser
}

/** The code that the last page shows to whoever finished. */
export const codeOn = (page: Page): string | null => /bhf_cc_[\w-]+/.exec(page.html)?.[0] ?? null
