import { z } from 'zod'

/** What holds of the console's sessions. */
export type ConsoleSettings = Readonly<{
  /** How long after a sign-in the dangerous actions ask for no other, in minutes. */
  stepUpMinutes: number
}>

export const consoleEnvironment = {
  BEHALF_STEP_UP_MINUTES: z.coerce.number().int().min(1).max(480).default(10),
}

export const readConsoleSettings = (e: { BEHALF_STEP_UP_MINUTES: number }): ConsoleSettings => ({
  stepUpMinutes: e.BEHALF_STEP_UP_MINUTES,
})
