import { ButtonLink } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { config } from '#lib/config'

/** Says what runs here and where to go. */
export default function LandingPage() {
  const { publicUrl, sandbox } = config()
  return (
    <main className="mx-auto grid min-h-dvh max-w-2xl content-center gap-8 px-5 py-12">
      <div>
        <p className="text-sm font-semibold">Behalf</p>
        <h1 className="mt-3 text-3xl font-semibold tracking-tight text-pretty sm:text-4xl">
          Agents act for people. People say what they may do.
        </h1>
        <p className="mt-4 max-w-prose leading-relaxed text-muted-fg">
          This server lets people connect their accounts with informed consent, keeps the credentials, and
          runs tools for agents without ever handing one over.
        </p>
      </div>
      <Card>
        <ul className="divide-y divide-border">
          {sandbox && (
            <Place
              title="Try it"
              action={
                <ButtonLink href={sandbox.demoUrl} aria-label="Open the demo">
                  Open
                </ButtonLink>
              }
            >
              A made-up product connects a made-up account, runs a tool and revokes it again.
            </Place>
          )}
          <Place
            title="Console"
            action={
              <ButtonLink href="/console" variant="secondary" aria-label="Open the console">
                Open
              </ButtonLink>
            }
          >
            Connected accounts, what was agreed to, and the audit.
          </Place>
          <Place
            title="API"
            action={
              <ButtonLink href="/docs" variant="secondary" aria-label="Open the API reference">
                Open
              </ButtonLink>
            }
          >
            The reference of every operation, served at{' '}
            <code className="font-mono text-xs break-all">{publicUrl}/api/v1</code>.
          </Place>
        </ul>
      </Card>
      <p className="text-sm text-muted-fg">
        Were you given a link to connect an account? Open that link: nothing on this page is for you.
      </p>
    </main>
  )
}

const Place = ({
  title,
  action,
  children,
}: {
  title: string
  action: React.ReactNode
  children: React.ReactNode
}) => (
  <li className="flex flex-wrap items-center gap-x-6 gap-y-3 px-5 py-4">
    <div className="min-w-48 flex-1">
      <h2 className="font-medium">{title}</h2>
      <p className="mt-0.5 text-sm text-muted-fg">{children}</p>
    </div>
    {action}
  </li>
)
