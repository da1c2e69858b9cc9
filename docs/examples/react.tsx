// The React part of docs/embed.md, type-checked with the rest.
import { connectTo, type Outcome, type Session } from '../../sdk/embed/index.ts'
import { BehalfConnect } from '../../sdk/react/index.ts'

const fetchSession = (): Promise<Session> =>
  fetch('/connect-session', { method: 'POST' }).then((answer) => answer.json() as Promise<Session>)

// #region react
const api = connectTo('https://behalf.example.com')

export function ConnectTasks({ done }: { done: (outcome: Outcome) => void }) {
  return (
    <BehalfConnect api={api} mode="popup" fetchSession={fetchSession} onOutcome={done}>
      Connect your tasks
    </BehalfConnect>
  )
}
// #endregion
