import Link from 'next/link'

/** One page for what is absent and for what is another org's. */
export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center bg-bg p-4 text-fg">
      <div className="max-w-sm text-center">
        <h1 className="text-xl font-semibold tracking-tight">Not found</h1>
        <p className="mt-2 text-sm text-muted-fg">There is nothing here, or it is not for you to see.</p>
        <Link
          href="/console"
          className="mt-4 inline-block text-sm text-link underline-offset-2 hover:underline"
        >
          To the console
        </Link>
      </div>
    </main>
  )
}
