import type { Scenario } from '../scenario.ts'
import { oddAnswers } from './09-odd-answers.ts'
import { skew12 } from './12-skew.ts'
import { race13 } from './13-race.ts'
import { stall14 } from './14-stall.ts'
import { loser15 } from './15-loser.ts'
import { kill16 } from './16-kill.ts'
import { databaseDown17 } from './17-database-down.ts'

/** In the order of THREATS.md. */
export const scenarios: readonly Scenario[] = [
  oddAnswers,
  skew12,
  race13,
  stall14,
  loser15,
  kill16,
  databaseDown17,
]
