/** Between two looks, in milliseconds. */
const pauseMs = 1_000

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })

/**
 * Looks until it is so.
 * @param mostMs how long at most, in milliseconds
 * @returns whether it came to be so
 */
export async function until(
  isSo: () => Promise<boolean>,
  mostMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + mostMs
  while (!signal.aborted) {
    if (await isSo()) return true
    const leftMs = end - performance.now()
    if (leftMs <= 0) return false
    await pause(Math.min(pauseMs, leftMs), signal)
  }
  return false
}
