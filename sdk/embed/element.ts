import type { Behalf, Connect, ConnectOptions, Session } from './types.ts'

/**
 * `<behalf-connect session="/my/connect-session">Connect</behalf-connect>`: opens in a click on what it holds, or,
 * with `inline`, shows the portal in itself. Says what happens as the events `behalf-event` and `behalf-outcome`.
 */
export function defineElement(api: Behalf): void {
  if (customElements.get('behalf-connect')) return
  customElements.define(
    'behalf-connect',
    class extends HTMLElement {
      /** In place of the address in `session`. */
      fetchSession: ConnectOptions['fetchSession'] | undefined
      #connect: Connect | undefined

      connectedCallback() {
        this.addEventListener('click', this.#open)
        if (this.hasAttribute('inline')) this.#open()
      }

      disconnectedCallback() {
        this.removeEventListener('click', this.#open)
        this.#connect?.destroy()
        this.#connect = undefined
      }

      #tell = (type: string, detail: unknown) =>
        this.dispatchEvent(new CustomEvent(`behalf-${type}`, { detail, bubbles: true }))

      #open = () => {
        const get = (name: string) => this.getAttribute(name) || undefined
        this.#connect ??= api.createConnect({
          fetchSession: async (why, wish) =>
            this.fetchSession
              ? this.fetchSession(why, wish)
              : ((
                  await fetch(get('session') || '', {
                    method: 'POST',
                    headers: { 'content-type': 'application/json' },
                    body: JSON.stringify({ why, ...wish }),
                  })
                ).json() as Promise<Session>),
          ...({ connector: get('connector'), mode: get('mode'), locale: get('locale') } as object),
          ...(this.hasAttribute('inline') && { container: this }),
          onEvent: (event) => this.#tell('event', event),
        })
        void this.#connect.open().then((outcome) => this.#tell('outcome', outcome))
      }
    },
  )
}
