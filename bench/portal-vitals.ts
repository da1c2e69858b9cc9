// The vitals of a page as the browser reports them, on a slow phone: runs in every page and frame of a context.
import type { Browser, BrowserContext, Frame, Page } from '@playwright/test'

/**
 * Lighthouse's mobile profile, as it is applied to a real network ("devtools" throttling): slow 4G of 150 ms round
 * trips and 1.6 Mbit/s costs a request 562.5 ms at nine tenths of that rate; a processor a quarter as fast.
 */
const profile = {
  latencyMs: 562.5,
  downBytesPerSecond: (1.6 * 1024 * 1024 * 0.9) / 8,
  upBytesPerSecond: (750 * 1024 * 0.9) / 8,
  cpuSlowdown: 4,
  viewport: { width: 412, height: 823 },
}

type Vitals = { lcpMs: number; cls: number; inpMs: number; windowMs: number }

/** Runs in the page. @see web.dev/articles/vitals: LCP, CLS as the largest session window, INP as the worst of few */
function observe(): void {
  const vitals = { lcpMs: 0, cls: 0, inpMs: 0, windowMs: 0 }
  Object.assign(window, { vitals })
  const watch = (type: string, each: (entry: PerformanceEntry) => void, more: object = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({
      type,
      buffered: true,
      ...more,
    })
  watch('largest-contentful-paint', ({ startTime }) => {
    vitals.lcpMs = startTime
  })
  let windowStart = 0
  let windowLast = 0
  let sum = 0
  watch('layout-shift', (entry) => {
    const { value, hadRecentInput } = entry as PerformanceEntry & { value: number; hadRecentInput: boolean }
    if (hadRecentInput) return
    if (entry.startTime - windowLast > 1000 || entry.startTime - windowStart > 5000) {
      windowStart = entry.startTime
      sum = 0
    }
    windowLast = entry.startTime
    sum += value
    vitals.cls = Math.max(vitals.cls, sum)
  })
  watch(
    'event',
    (entry) => {
      if ((entry as PerformanceEntry & { interactionId?: number }).interactionId) {
        vitals.inpMs = Math.max(vitals.inpMs, entry.duration)
      }
    },
    { durationThreshold: 16 },
  )
  const opening = window.open
  let clickedAt = 0
  window.addEventListener('click', ({ timeStamp }) => (clickedAt = timeStamp), { capture: true })
  window.open = (...given) => {
    const opened = opening.apply(window, given)
    vitals.windowMs = performance.now() - clickedAt
    return opened
  }
}

/** A phone with nothing in its cache. */
export async function slowPhone(browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: profile.viewport, deviceScaleFactor: 1.75 })
  await context.addInitScript(observe)
  const page = await context.newPage()
  await throttle(page)
  return { context, page }
}

export async function throttle(page: Page): Promise<void> {
  const client = await page.context().newCDPSession(page)
  await client.send('Network.enable')
  await client.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: profile.latencyMs,
    downloadThroughput: profile.downBytesPerSecond,
    uploadThroughput: profile.upBytesPerSecond,
  })
  await client.send('Emulation.setCPUThrottlingRate', { rate: profile.cpuSlowdown })
}

/** What was reported until now, once two frames have been painted. */
export const vitalsOf = (at: Page | Frame): Promise<Vitals> =>
  at.evaluate(
    () =>
      new Promise<Vitals>((done) => {
        requestAnimationFrame(() =>
          requestAnimationFrame(() =>
            setTimeout(() => done((window as never as { vitals: Vitals }).vitals), 300),
          ),
        )
      }),
  )
