import { expect, type FrameLocator } from '@playwright/test'

type Marked = Window & { before?: true }

/** Loads a framed page again, and waits until it is the new one: the old one looks alike, and stays for a moment. */
export async function reload(frame: FrameLocator): Promise<void> {
  const root = frame.locator(':root')
  await root.evaluate(() => {
    const marked: Marked = window
    marked.before = true
    window.location.reload()
  })
  const isOld = () => root.evaluate(() => (window as Marked).before === true).catch(() => true)
  await expect.poll(isOld).toBe(false)
}
