'use client'

import { Button } from '#components/ui/button'

/** Shows that something failed, never what: the log has it under the digest. */
export default function ConsoleError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <main className="grid min-h-dvh place-items-center bg-bg p-4 text-fg">
      <div className="max-w-sm text-center" role="alert">
        <h1 className="text-xl font-semibold tracking-tight">This page could not be shown</h1>
        <p className="mt-2 mb-4 text-sm text-muted-fg">
          Try again. {error.digest && <>The server&apos;s log has the cause under {error.digest}.</>}
        </p>
        <Button type="button" variant="secondary" onClick={reset}>
          Try again
        </Button>
      </div>
    </main>
  )
}
