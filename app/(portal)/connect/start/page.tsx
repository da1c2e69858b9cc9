import type { Metadata } from 'next'
import { Start } from './start.tsx'

export const metadata: Metadata = { title: 'Connect your accounts', referrer: 'no-referrer' }

/** Where an app goes that has a session's token and nothing else: `/connect/start#token=…`. Never framed. */
export default function StartPage() {
  return <Start />
}
