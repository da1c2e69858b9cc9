// What the commands that rotate keys share.
import { setTimeout as pause } from 'node:timers/promises'
import type { Tenant } from '#lib/proof'
import { type Rotation, rotationsOf } from '#lib/vault'
import { progressOf } from './keys-status.ts'

/** The operator, as the audit names it. */
export const by = { type: 'system', id: 'cli' }

const pauseMs = 5_000

export function takeFlag(args: readonly string[], flag: string): { found: boolean; rest: string[] } {
  return { found: args.includes(flag), rest: args.filter((arg) => arg !== flag) }
}

/**
 * Says where a rotation stands; with `wait` until it is over. It takes the steps itself meanwhile, so that none of the
 * instance's workers has to run; one that does is no hindrance.
 * @returns the exit code
 */
export async function follow(
  tenant: Tenant,
  started: Rotation,
  wait: boolean,
  print: (line: string) => void,
  step: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  print(progressOf(started))
  if (!wait) {
    print('The workers go on with it: `npm run behalf -- keys status` says how far.')
    return 0
  }
  const never = new AbortController().signal
  for (let said = ''; ; await pause(pauseMs)) {
    await step(never)
    const now = (await rotationsOf(tenant)).find(({ id }) => id === started.id) ?? started
    const line = progressOf(now)
    if (line !== said) print(line)
    said = line
    if (now.status !== 'running') return now.status === 'done' ? 0 : 1
  }
}
