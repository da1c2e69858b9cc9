import type { ReactNode } from 'react'

/** The card that whoever is not signed in, or has to show who they are, sees of the console. */
export const SignInFrame = ({ title, children }: { title: string; children: ReactNode }) => (
  <main className="grid min-h-dvh place-items-center bg-bg p-4 text-fg">
    <div className="w-full max-w-sm rounded-card border border-border bg-card p-6 text-card-fg shadow-card sm:p-8">
      <p className="text-sm font-semibold tracking-tight text-muted-fg">Behalf console</p>
      <h1 className="mt-1 text-xl font-semibold tracking-tight">{title}</h1>
      {children}
    </div>
  </main>
)

/** Another way to do the same, below the first. */
export const OtherWay = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="mt-6 grid gap-3 border-t border-border pt-5">
    <h2 className="text-sm font-semibold">{title}</h2>
    {children}
  </section>
)
