// Types of public/embed.js, which puts `Behalf` on the window: the same as those of the module in ./embed.

declare namespace Behalf {
  type Session = import('./embed/types.ts').Session
  type Wish = import('./embed/types.ts').Wish
  type Account = import('./embed/types.ts').Account
  type ErrorCode = import('./embed/types.ts').ErrorCode
  type ConnectError = import('./embed/types.ts').ConnectError
  type Outcome = import('./embed/types.ts').Outcome
  type Event = import('./embed/types.ts').ConnectEvent
  type Options = import('./embed/types.ts').ConnectOptions
  type Connect = import('./embed/types.ts').Connect
  type Api = import('./embed/types.ts').Behalf
}

interface Window {
  /** There once embed.js has loaded. */
  Behalf?: Behalf.Api
}
