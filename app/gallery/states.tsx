import type { ReactNode } from 'react'
import type { Translator } from '#lib/i18n'
import { authorizeStates } from './authorize-states.tsx'
import { confirmStates } from './confirm-states.tsx'
import { consentStates } from './consent-states.tsx'
import { flowStates } from './flow-states.tsx'
import { formStates } from './form-states.tsx'
import { mineStates } from './mine-states.tsx'
import { receiptStates } from './receipt-states.tsx'
import { requestStates } from './request-states.tsx'

/** What a state is shown with: the words, and an address for the forms that lead nowhere here. */
export type Stage = { t: Translator; session: string }

/** One screen that a person may meet, made of the real component and invented facts. */
export type GalleryState = {
  /** For whoever looks for it: the console is in English. */
  title: string
  /** Whose name stands above; `null` where it is not known whose page it is. */
  organization?: string | null
  render: (stage: Stage) => ReactNode | Promise<ReactNode>
}

export const organization = 'Northwind'

/** Every state of the portal, in the order in which people meet them. Whoever makes a screen adds its states here. */
export const states: Readonly<Record<string, GalleryState>> = {
  ...flowStates,
  ...consentStates,
  ...formStates,
  ...confirmStates,
  ...receiptStates,
  ...requestStates,
  ...mineStates,
  ...authorizeStates,
}
