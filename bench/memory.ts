// What a web server holds after a hundred thousand calls.
import { step } from '../scripts/install.mjs'
import { startBehalf } from './behalf.ts'
import { callOf, drive } from './measure.ts'
import { type Programs, rssMbOf } from './programs.ts'

const callsMost = 100_000
const callsEach = 10_000
const rssMbMax = 400
const connections = 16

/** @returns whether every call was answered, and the memory stayed below its bar */
export async function benchMemory(
  programs: Programs,
  folder: string,
  [upstreamPort = 0, port = 0]: readonly number[],
): Promise<boolean> {
  const upstreamUrl = `http://127.0.0.1:${upstreamPort}`
  await programs.fork('upstream', [String(upstreamPort)])
  const behalf = await step('Starting an instance and connecting an account', () =>
    startBehalf(programs, folder, { port, upstreamUrl }),
  )
  const load = await programs.fork('load')
  const asked = callOf(`http://127.0.0.1:${port}/api/v1/tools/execute`, behalf.key, behalf.accountId)
  const rssMb = () => rssMbOf(behalf.pid) ?? Number.NaN
  console.log(`${rssMb().toFixed(0)} MB at the start`)
  for (let calls = 0; calls < callsMost; calls += callsEach) {
    const { errors, requests } = await drive(load, {
      ...asked,
      connections,
      seconds: 900,
      requests: callsEach,
    })
    if (errors > 0 || requests < callsEach) return false
    console.log(`${rssMb().toFixed(0)} MB after ${calls + callsEach} calls`)
  }
  return rssMb() <= rssMbMax
}
