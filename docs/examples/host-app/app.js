// The pages of the host app. Plain JavaScript, checked against the loader's types.
// @ts-check

const post = async (/** @type {string} */ path, /** @type {unknown} */ body) => {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error((await answer.json()).code)
  return answer.json()
}

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

const say = (/** @type {string} */ text) => {
  element('said').textContent = text
}

// #region options
/** @type {Behalf.Options} */
const options = {
  // This product's own backend creates the session; the secret key stays there.
  fetchSession: (why, wish) => post('/connect-session', { why, ...wish }),
  onEvent: (event) => {
    const line = document.createElement('li')
    line.textContent = JSON.stringify(event)
    document.getElementById('events')?.append(line)
  },
}
// #endregion

// #region outcome
/** Says how it ended; while that is not known, waits on. */
async function conclude(/** @type {Promise<Behalf.Outcome>} */ opening) {
  let outcome = await opening
  while (outcome.status === 'unknown') {
    say('Not finished yet. If the window is still open, go on there.')
    outcome = await outcome.poll()
  }
  switch (outcome.status) {
    case 'connected':
      return say(`Connected as ${outcome.account?.label}.`)
    case 'pending_approval':
      return say('An administrator has been asked.')
    case 'declined':
      return say('Nothing was connected.')
    case 'closed':
      return say('Closed.')
    case 'error':
      return say(outcome.error.displayMessage)
  }
}
// #endregion

/** embed.js is loaded with `async`: it may come before or after this file. */
async function loaded() {
  const script = document.querySelector('script[src$="/embed.js"]')
  if (!window.Behalf) await new Promise((done) => script?.addEventListener('load', done))
  return /** @type {Behalf.Api} */ (window.Behalf)
}

async function main() {
  const api = await loaded()
  /** @type {Behalf.Connect | undefined} */
  let connect
  for (const button of document.querySelectorAll('button[data-mode]')) {
    button.addEventListener('click', () => {
      const mode = /** @type {HTMLElement} */ (button).dataset.mode
      connect?.destroy()
      say('')
      connect = api.createConnect({
        ...options,
        ...(mode === 'frame'
          ? { container: element('connect') }
          : { mode: mode === 'popup' ? 'popup' : 'redirect' }),
      })
      // In the click itself: a window that is opened later is blocked.
      void conclude(connect.open())
    })
  }
  element('close').addEventListener('click', () => connect?.close())
  element('sign-in').addEventListener('click', () =>
    post('/sign-in', { user: 'ana' }).then(() => say('Signed in.')),
  )
  document.addEventListener('behalf-outcome', (event) => {
    void conclude(Promise.resolve(/** @type {CustomEvent<Behalf.Outcome>} */ (event).detail))
  })
  // What this tab was in the middle of before it was loaded again, if anything.
  const resumed = await api.resumeConnect({ ...options, container: element('connect') })
  if (resumed) void conclude(Promise.resolve(resumed))
}

// #region return
/** The page of `return_url`: tells the backend who finished, then takes up what the tab was in the middle of. */
async function back() {
  const address = location.href
  const given = Object.fromEntries(new URL(address).searchParams)
  // The code is of no use twice, but an address with one in it is nothing to keep.
  history.replaceState(null, '', location.pathname)
  if (given.confirmation_code) await post('/confirm', given)
  const resumed = await (await loaded()).resumeConnect(options, address)
  if (resumed) return conclude(Promise.resolve(resumed))
  // Nothing was left here: this is the window, and the page that opened it is told by the server.
  say(given.confirmation_code ? 'Connected. You can close this window.' : 'You can close this window.')
  window.close()
}
// #endregion

if ('return' in document.body.dataset) {
  back().catch((error) =>
    say(error.message === 'user_mismatch' ? 'This link was for someone else.' : 'It did not work.'),
  )
} else void main()
