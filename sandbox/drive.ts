/**
 * A person with a browser, in HTTP: follows the authorization request, signs in, decides, and stops at the
 * redirect back to the client.
 */
export interface Visit {
  authorizeUrl: string | URL
  /** Practice user by id, short id or email. */
  user: string
  /** The scopes left ticked, all of them, or the Deny button. */
  grant: readonly string[] | 'all' | 'deny'
  /** The browser; default a new one without cookies. */
  jar?: CookieJar
}

export type CookieJar = ReturnType<typeof createJar>

const hopsMax = 12

/** Cookies by name, for one host. */
export function createJar() {
  const cookies = new Map<string, string>()
  return {
    header: () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    keep(response: Response) {
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        const at = pair.indexOf('=')
        const name = pair.slice(0, at)
        const value = pair.slice(at + 1)
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
    },
  }
}

function ticked(html: string, grant: readonly string[] | 'all'): string[] {
  const offered = [...html.matchAll(/name="scope" value="([^"]+)"/g)].map((match) => match[1] ?? '')
  return grant === 'all' ? offered : offered.filter((scope) => grant.includes(scope))
}

/**
 * @returns the full redirect back to the client, `code` or `error` in its query
 * @throws Error with the page's text when the provider answers a page that is neither sign-in nor consent
 */
export async function authorizeByHttp({ authorizeUrl, user, grant, jar = createJar() }: Visit): Promise<URL> {
  const home = new URL(authorizeUrl).origin
  let at = new URL(authorizeUrl)
  let form: URLSearchParams | null = null
  for (let hop = 0; hop < hopsMax; hop += 1) {
    const response: Response = await fetch(at, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: jar.header() },
      ...(form === null ? {} : { method: 'POST', body: form }),
    })
    jar.keep(response)
    const location = response.headers.get('location')
    if (location !== null) {
      await response.body?.cancel()
      at = new URL(location, at)
      form = null
      if (at.origin !== home) return at
      continue
    }
    const html = await response.text()
    const page = /data-page="(\w+)"/.exec(html)?.[1]
    if (response.status === 200 && page === 'login') {
      at = new URL(`${at.pathname}/login`, at)
      form = new URLSearchParams({ user })
    } else if (response.status === 200 && page === 'consent') {
      at = new URL(`${at.pathname}/consent`, at)
      form = new URLSearchParams({ decision: grant === 'deny' ? 'deny' : 'allow' })
      if (grant !== 'deny') for (const scope of ticked(html, grant)) form.append('scope', scope)
    } else {
      const body = html.replace(/<style>.*?<\/style>/s, '')
      throw new Error(
        `${response.status} ${body
          .replace(/<[^>]+>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim()}`,
      )
    }
  }
  throw new Error(`no redirect back to the client after ${hopsMax} steps`)
}
