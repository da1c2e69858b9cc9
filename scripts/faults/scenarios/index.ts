import type { Scenario } from '../scenario.ts'
import { rateLimit1 } from './01-rate-limit.ts'
import { oddCalls } from './02-odd-calls.ts'
import { droppedAnswers4 } from './04-dropped-answers.ts'
import { oddAnswers } from './09-odd-answers.ts'
import { skew12 } from './12-skew.ts'
import { race13 } from './13-race.ts'
import { stall14 } from './14-stall.ts'
import { loser15 } from './15-loser.ts'
import { kill16 } from './16-kill.ts'
import { databaseDown17 } from './17-database-down.ts'
import { databaseRestart18 } from './18-database-restart.ts'
import { noConnection19 } from './19-no-connection.ts'
import { commitUnknown21 } from './21-commit-unknown.ts'
import { oneKey22 } from './22-one-key.ts'
import { crashMidCall24 } from './24-crash-mid-call.ts'
import { poisonJob26 } from './26-poison-job.ts'
import { auditOfCalls27 } from './27-audit-of-calls.ts'
import { keyRotation30 } from './30-key-rotation.ts'
import { storm32 } from './32-storm.ts'
import { wave34 } from './34-wave.ts'
import { runawayB6 } from './b6-runaway.ts'
import { tamperV2 } from './v2-tamper.ts'
import { massRevokeV4 } from './v4-mass-revoke.ts'
import { revokeV4 } from './v4-revoke.ts'

/** In the order of THREATS.md. */
export const scenarios: readonly Scenario[] = [
  rateLimit1,
  oddCalls,
  droppedAnswers4,
  oddAnswers,
  skew12,
  race13,
  stall14,
  loser15,
  kill16,
  databaseDown17,
  databaseRestart18,
  noConnection19,
  commitUnknown21,
  oneKey22,
  crashMidCall24,
  poisonJob26,
  auditOfCalls27,
  keyRotation30,
  storm32,
  wave34,
  tamperV2,
  revokeV4,
  massRevokeV4,
  runawayB6,
]
