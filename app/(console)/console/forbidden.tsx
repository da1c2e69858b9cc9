import Link from 'next/link'

/** The role of whoever is signed in does not go as far as the page or form that was asked for. */
export default function Forbidden() {
  return (
    <main className="grid min-h-dvh place-items-center bg-bg p-4 text-fg">
      <div className="max-w-sm text-center">
        <h1 className="text-xl font-semibold tracking-tight">Your role does not allow this</h1>
        <p className="mt-2 text-sm text-muted-fg">
          Nothing was changed. An owner of the organization can give you another role.
        </p>
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
