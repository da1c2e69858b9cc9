'use server'

import type { ReactNode } from 'react'
import { z } from 'zod'
import { publicId } from '#lib/ids'
import { connect } from '#runtime'
import { refusal } from '../../../portal-page.tsx'
import { portalWords } from '../../../words.ts'
import { assertSession } from '../own-session.ts'
import { mineContent } from './content.tsx'

const asked = z.tuple([z.string().max(100), z.string().max(200), z.string().max(500)])

/**
 * A page of what a person manages, for a frame that holds the session's handle: made here, as every page, so that the
 * same one stands in a frame and on its own. It only shows; what is done goes through the handlers.
 */
export async function showMine(...given: [string, string, string]): Promise<ReactNode> {
  const t = await portalWords(null)
  try {
    const [session, handle, path] = asked.parse(given)
    const open = await connect.open(handle)
    assertSession(session, publicId('connect_session', open.session.id))
    const url = new URL(path, 'http://frame.invalid')
    const [, , , , ...below] = url.pathname.split('/')
    return await mineContent({ open, t, session, query: url.searchParams }, below)
  } catch (thrown) {
    return refusal(thrown, t)
  }
}
