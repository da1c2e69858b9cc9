import type { Metadata, Viewport } from 'next'
import './globals.css'
import { languageOf } from './language.ts'

/** Each answer carries a nonce of its own, so no page can be made ahead of its request. */
export const dynamic = 'force-dynamic'

export const metadata: Metadata = {
  title: { default: 'Behalf', template: '%s · Behalf' },
  description: 'Connect your accounts and decide what agents may do with them.',
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f6f7f9' },
    { media: '(prefers-color-scheme: dark)', color: '#0d0f14' },
  ],
}

export default async function RootLayout({ children }: LayoutProps<'/'>) {
  const { locale, dir, scheme } = await languageOf()
  return (
    <html lang={locale} dir={dir} data-scheme={scheme ?? undefined}>
      <body className="min-h-dvh font-body antialiased">{children}</body>
    </html>
  )
}
