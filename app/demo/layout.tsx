import type { Metadata } from 'next'
import { onlyInSandbox } from './host.ts'

export const metadata: Metadata = { title: 'Northwind' }

/** Another company's product: its own colour, its own name. */
export default function DemoLayout({ children }: LayoutProps<'/demo'>) {
  onlyInSandbox()
  return (
    <div className="min-h-dvh [--bhf-primary:#0f6b5f] [--bhf-primary-fg:#ffffff] dark:[--bhf-primary:#4cc3b0] dark:[--bhf-primary-fg:#04231e]">
      {children}
    </div>
  )
}
