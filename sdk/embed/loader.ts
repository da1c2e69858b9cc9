import type {
  Behalf,
  Connect,
  ConnectError,
  ConnectEvent,
  ConnectOptions,
  ErrorCode,
  Outcome,
  Why,
} from './types.ts'

// Goes to every page that embeds the portal, in three kilobytes: so it is written to be small, and what the server can
// say (errors, events, outcomes, words) the server says.

type Told = { event: ConnectEvent | null; outcome: Outcome | null }
type Started = { id: string; handle: string; resume: string; told: Told; texts: Record<string, string> }

/** What this tab is in the middle of, and where: what to follow a window by, or the nonce of a frame that helps itself. */
type Kept = { id: string; at?: string; resume?: string; frame?: string }

/** What our own frame says; every message carries the nonce that only it was given. */
type FromFrame = {
  behalf: string
  event?: ConnectEvent
  outcome?: Outcome
  height?: number
  ask?: 'session' | 'close'
}

const key = 'behalf.connect'
const waitMs = 30_000

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

/** @param host origin of the server, without a slash at the end */
export function behalf(host: string): Behalf {
  let texts: Record<string, string> = {}
  /** Where the portal is: here, or on the domain of an organization's own that its session's address names. */
  let portal = host

  const fault = (code: ErrorCode): ConnectError => ({
    code,
    displayMessage: texts[code] || 'Something went wrong. Please try again.',
    retryable: code !== 'session_invalid',
    docUrl: `${host}/docs/embed#${code}`,
    requestId: null,
  })

  const timely = <T>(work: Promise<T>): Promise<T> =>
    Promise.race([
      work,
      pause(waitMs).then(() => {
        throw fault('timeout')
      }),
    ])

  /** Without cookies, and without a question beforehand. @throws ConnectError */
  async function start(body: object): Promise<Started> {
    const answer = await timely(
      fetch(`${host}/connect/start/session`, {
        method: 'POST',
        body: JSON.stringify(body),
        credentials: 'omit',
      }),
    )
    const started = await answer.json()
    if (!answer.ok) throw started.error
    texts = started.texts
    return started
  }

  function keep(kept: Kept | null) {
    try {
      sessionStorage.setItem(key, JSON.stringify(kept && { at: portal, ...kept }))
    } catch {
      // A page that may keep nothing cannot be taken up again.
    }
  }

  type Opening = { mode: string; kept?: Kept | null; wait?: boolean }

  function createConnect(options: ConnectOptions) {
    let current: ReturnType<typeof begin> | undefined
    let dead: boolean
    const emit = (event: ConnectEvent) => options.onEvent?.(event)

    async function session(why: Why): Promise<{ token: string; id?: string | undefined }> {
      const { connector, connectedAccountId, returnUrl, locale } = options
      const given = await timely(
        options.fetchSession(why, { connector, connectedAccountId, returnUrl, locale }),
      )
      if (!given.url) return { token: given.token || '' }
      const [, at, id, token = ''] =
        /^(https?:\/\/[^/]+)\/connect\/(cs_\w+)#token=([\w-]+)$/.exec(given.url) || []
      if (!at) throw fault('session_invalid')
      portal = at
      return { token, id }
    }

    /** One opening, from the click to its outcome and, where that is not known, beyond. */
    function begin({ mode, kept, wait }: Opening) {
      const stop = new AbortController()
      const { signal } = stop
      let resolve: (outcome: Outcome) => void
      const promise = new Promise<Outcome>((done) => {
        resolve = done
      })
      let resolveEnd: (outcome: Outcome) => void
      const end = new Promise<Outcome>((done) => {
        resolveEnd = done
      })
      const self = { promise, settled: false, close }
      let popup: Window | null
      let frame: HTMLIFrameElement | undefined
      let dialog: HTMLDialogElement | undefined
      let last: Outcome | undefined
      let said: string
      let offline: boolean

      /** The outcome is known: whoever asked is told. What is shown in the page stays until it is closed. */
      function finish(outcome: Outcome) {
        self.settled = true
        keep(null)
        resolve(outcome)
        resolveEnd(outcome)
        dialog?.remove()
        if (!frame) stop.abort()
      }

      function close() {
        popup?.close()
        frame?.remove()
        finish(last || { status: 'closed' })
        stop.abort()
      }

      function fail(thrown: unknown) {
        if (signal.aborted) return
        const error = (thrown as ConnectError)?.docUrl
          ? (thrown as ConnectError)
          : fault(navigator.onLine ? 'internal' : 'offline')
        emit({ type: 'error', error })
        last = { status: 'error', error }
        close()
      }

      /** Nothing ends by this: the session may end any way yet. */
      function unknown() {
        const poll = (): Promise<Outcome> =>
          Promise.race([end, pause(waitMs).then((): Outcome => ({ status: 'unknown', poll }))])
        self.settled = true
        resolve({ status: 'unknown', poll })
      }

      function hear({ event, outcome }: Told) {
        const text = JSON.stringify(event)
        if (event && text !== said) emit(event)
        said = text
        if (outcome) finish(outcome)
      }

      /** Reads the events of the session until it has ended; where they do not come through, asks. */
      async function follow({ id, handle }: Started) {
        const ask = (path: string) =>
          fetch(`${host}/connect/${id}/${path}`, {
            headers: { authorization: `Bearer ${handle}`, accept: 'text/event-stream' },
            credentials: 'omit',
            signal,
          })
        while (!signal.aborted) {
          try {
            const answer = await ask('status')
            const now = await answer.json()
            if (offline) emit({ type: 'online' })
            offline = false
            if (answer.ok) hear(now)
            else if (answer.status < 429) return fail(now.error)
            const reader = (await ask('events')).body?.pipeThrough(new TextDecoderStream()).getReader()
            const leave = () => reader?.cancel()
            // A connection that is gone says nothing of it by itself.
            addEventListener('offline', leave, { signal })
            let text = ''
            for (;;) {
              // More often than this something is said, unless somebody in between holds it back.
              const timer = setTimeout(leave, 25_000)
              const part = await reader?.read()
              clearTimeout(timer)
              if (!part?.value) break
              text += part.value
              const frames = text.split('\n\n')
              text = frames.pop() as string
              for (const each of frames) {
                const [, event, data] = /^event: (\w+)\ndata: (.*)/.exec(each) || []
                if (event === 'held') keep({ id, resume: JSON.parse(data as string).resume })
                else if (event) hear(JSON.parse(data as string))
              }
            }
          } catch {
            if (!navigator.onLine && !offline) {
              offline = true
              emit({ type: 'offline' })
            }
          }
          await pause(1_500)
        }
      }

      const address = (id: string, token: string, nonce = '') =>
        `${portal}/connect/${id}#${new URLSearchParams({
          token,
          nonce,
          connector: options.connector || '',
          scheme: options.appearance?.scheme || '',
        })}`

      function show(id: string, token: string, nonce: string) {
        keep({ id, frame: nonce })
        if (frame) {
          frame.src = address(id, token, nonce)
          return
        }
        const shown = document.createElement('iframe')
        frame = shown
        shown.title = options.appearance?.title || 'Connect'
        shown.style.cssText = 'display:block;width:100%;height:420px;border:0'
        shown.src = address(id, token, nonce)
        addEventListener(
          'message',
          ({ origin, source, data }: MessageEvent<FromFrame>) => {
            // Only our frame, of our origin, with what only it was given; and even this is but a hint of the row.
            if (origin !== portal || source !== shown.contentWindow || data?.behalf !== nonce) return
            const { event, outcome, height, ask } = data
            if (height) shown.style.height = `${Math.min(4000, height)}px`
            if (event) emit(event)
            if (outcome) {
              last = outcome
              if (/^[cp]/.test(outcome.status)) finish(outcome)
            }
            if (ask === 'close') close()
            else if (ask) bring('expired', nonce).catch(fail)
          },
          { signal },
        )
        options.container?.append(shown)
        emit({ type: 'opened' })
      }

      async function bring(why: Why, nonce: string) {
        const { token, id } = await session(why)
        const known = id || (await start({ token })).id
        if (!signal.aborted) show(known, token, nonce)
      }

      /** Asks to go on here, where no window was to be had. Styles of its own would need a host's policy to allow them. */
      function offer(url: string) {
        dialog = document.createElement('dialog')
        const link = document.createElement('a')
        const no = document.createElement('button')
        link.href = url
        link.textContent = texts.continue_here as string
        no.textContent = texts.not_now as string
        no.onclick = dialog.oncancel = () => fail(fault('popup_blocked'))
        dialog.style.maxWidth = '26em'
        no.style.cssText = 'margin:1em;padding:.5em'
        dialog.append(texts.popup_blocked as string, document.createElement('p'), link, no)
        document.body.append(dialog)
        dialog.showModal()
      }

      /** In the click, up to the first wait: a window that is opened later is blocked. */
      async function run() {
        if (mode === 'popup') {
          emit({ type: 'window', state: 'opening' })
          popup = window.open('about:blank', '_blank', 'popup,width=520,height=760')
          if (!popup) emit({ type: 'window', state: 'blocked' })
        }
        if (kept?.frame) {
          // What the frame knew it kept itself; without it only the host's backend can say.
          if (options.container) show(kept.id, '', kept.frame)
          else unknown()
          return
        }
        if (mode === 'frame') return bring('open', crypto.getRandomValues(new Uint32Array(4)).join('-'))
        let token = ''
        let started = kept && (await start({ resume: kept.resume }).catch(() => null))
        if (!started) {
          token = (await session(mode === 'resume' ? mode : 'open')).token
          started = await start({ token, follow: true })
        }
        if (signal.aborted) return
        const { id, resume, told } = started
        keep({ id, resume })
        const url = address(id, token)
        emit({ type: 'ready' })
        if (mode === 'resume') {
          // Back without having finished: it may be going on elsewhere.
          if (wait) setTimeout(unknown, waitMs)
          else if (!told.outcome) unknown()
        } else if (mode === 'redirect') {
          // Whoever comes back by the browser's own button finds this page as it was left.
          addEventListener('pageshow', unknown, { signal })
          location.assign(url)
        } else if (popup) {
          popup.location.replace(url)
          emit({ type: 'opened' })
          emit({ type: 'window', state: 'open' })
          void watch()
        } else offer(url)
        await follow(started)
      }

      // A window that looks gone may be open still, behind a provider that cut the tie: so unknown, never cancelled.
      async function watch() {
        while (!popup?.closed) await pause(300)
        if (self.settled) return
        emit({ type: 'window', state: 'handle_lost' })
        setTimeout(unknown, 3_000)
      }

      options.signal?.addEventListener('abort', close, { signal })
      run().catch(fail)
      return self
    }

    const connect: Connect = {
      open() {
        if (dead) return Promise.reject(new Error('destroyed'))
        if (!current || current.settled) {
          current?.close()
          const { container, mode } = options
          const small = matchMedia('(pointer: coarse) and (max-width: 640px)').matches
          current = begin({
            mode: container ? 'frame' : mode && mode !== 'auto' ? mode : small ? 'redirect' : 'popup',
          })
        }
        return current.promise
      },
      update: (changed) => void Object.assign(options, changed),
      close: () => current?.close(),
      destroy() {
        dead = true
        current?.close()
      },
    }
    return { connect, begin }
  }

  return {
    createConnect: (options) => createConnect({ ...options }).connect,
    async resumeConnect(options, url = location.href) {
      const asked = new URL(url, location.href).searchParams
      const id = asked.get('session_id')
      let kept: Kept | null = null
      try {
        kept = JSON.parse(sessionStorage.getItem(key) as string)
      } catch {
        // Kept by somebody else, or not readable.
      }
      // Back in another tab or in the window itself: what its page hands to the backend is all there is to do.
      if (!kept || (id && kept.id !== id)) return null
      portal = kept.at || host
      return createConnect({ ...options }).begin({
        mode: 'resume',
        kept,
        wait: asked.has('confirmation_code'),
      }).promise
    },
  }
}
