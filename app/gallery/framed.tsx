'use client'

import type { Screen } from '../(portal)/connect/[session]/portal-store.ts'
import { type EntryTexts, Loading, PortalScreen } from '../(portal)/connect/[session]/screens.tsx'

const nothing = () => undefined
const does = { choose: async () => undefined, back: nothing, again: nothing, done: nothing }

/** A screen of the framed portal whose controls lead nowhere. */
export const FramedScreen = ({ screen, texts }: { screen: Screen; texts: EntryTexts }) => (
  <PortalScreen screen={screen} does={does} texts={texts} framed />
)

/** What is shown while the portal is on its way, at once or after a while. */
export const LoadingScreen = ({ texts, slow }: { texts: EntryTexts; slow: boolean }) => (
  <Loading texts={texts.entry} slow={slow} patient={!slow} />
)
