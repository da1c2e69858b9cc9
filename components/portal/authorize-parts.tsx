import type { ReactNode } from 'react'
import type { AskingClient } from '#lib/authorization-server/schema'
import type { Translator } from '#lib/i18n/schema'
import { told } from './mine-words.tsx'

export const bold = (chunks: ReactNode[]) => (
  <strong key={chunks.join('')} className="font-semibold">
    {chunks}
  </strong>
)

/**
 * Who asks, as far as it can be known: where the answer goes stands out, what the app calls itself does not.
 * @param organization that has set the app up, where one has
 */
export const Asking = ({
  client,
  organization,
  t,
}: {
  client: AskingClient
  organization: string | null
  t: Translator
}) => (
  <div className="grid gap-3 text-sm leading-relaxed">
    <p className="text-muted-fg">
      {client.kind === 'agent' && organization !== null
        ? told(t, 'authorize.name_known', { organization })
        : told(t, 'authorize.name_own', { client: client.name })}
    </p>
    <p className="rounded-control border border-border bg-muted/50 px-4 py-3">
      <span className="block text-muted-fg">{t('authorize.goes_to')}</span>
      <bdi dir={client.redirectHost === null ? undefined : 'ltr'} className="block text-lg font-semibold">
        {client.redirectHost ?? t('authorize.goes_device')}
      </bdi>
    </p>
    {client.redirectHost === null && (
      <p className="rounded-control border border-warning/50 bg-warning/10 px-4 py-3">
        {t('authorize.device_body')}
      </p>
    )}
    {client.local && (
      <p className="rounded-control border border-warning/50 bg-warning/10 px-4 py-3">
        {told(t, 'authorize.local', { client: client.name })}
      </p>
    )}
  </div>
)
