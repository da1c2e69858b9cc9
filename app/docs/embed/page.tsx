import type { Metadata } from 'next'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import { translator } from '#lib/i18n'
import { type EmbedCode, embedCodes } from '../../(portal)/embed-error.ts'
import { InlineCode } from '../inline-code.tsx'
import { Shell } from '../shell.tsx'

export const metadata: Metadata = { title: 'Embed errors' }

const lead =
  'What `embed.js` tells the page that embeds the portal when a connection does not come about: `error.code` is stable, `error.displayMessage` is for people and in the language of the session. `error.requestId` finds the request in the log.'

/** Where the `docUrl` of every error of the loader points to. */
export default function EmbedErrorsPage() {
  const t = translator('en')
  return (
    <Shell here="/docs/errors" title="Errors of the embedded portal" lead={<InlineCode>{lead}</InlineCode>}>
      <Card className="mt-8 divide-y divide-border">
        {(Object.keys(embedCodes) as EmbedCode[]).map((code) => (
          <section
            key={code}
            id={code}
            aria-labelledby={`${code}-code`}
            className="grid gap-2 p-4 target:bg-accent"
          >
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h2 id={`${code}-code`} className="font-mono text-base font-semibold break-all">
                <a href={`#${code}`}>{code}</a>
              </h2>
              {embedCodes[code] && <Badge tone="info">worth another try</Badge>}
            </div>
            <p>{t(`embed.${code}`)}</p>
          </section>
        ))}
      </Card>
    </Shell>
  )
}
