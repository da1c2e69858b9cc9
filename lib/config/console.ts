import { z } from 'zod'

/** What holds of the console's sessions. */
export type ConsoleSettings = Readonly<{
  /** How long after a sign-in the dangerous actions ask for no other, in minutes. */
  stepUpMinutes: number
  /** Whether requests to the API are listed for developers. */
  requestLog: boolean
}>

export const consoleEnvironment = {
  BEHALF_STEP_UP_MINUTES: z.coerce.number().int().min(1).max(480).default(10),
  BEHALF_REQUEST_LOG: z.enum(['on', 'off']).default('on'),
}

export const readConsoleSettings = (e: {
  BEHALF_STEP_UP_MINUTES: number
  BEHALF_REQUEST_LOG: 'on' | 'off'
}): ConsoleSettings => ({
  stepUpMinutes: e.BEHALF_STEP_UP_MINUTES,
  requestLog: e.BEHALF_REQUEST_LOG === 'on',
})
