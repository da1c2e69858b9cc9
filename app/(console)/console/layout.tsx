import type { Metadata } from 'next'
import type { ReactNode } from 'react'

export const metadata: Metadata = {
  title: { template: '%s · Behalf console', default: 'Behalf console' },
  robots: { index: false, follow: false },
}

/** Names the pages and nothing more: each page authorises itself. */
export default function ConsoleLayout({ children }: { children: ReactNode }) {
  return children
}
