import { words } from '../scopes.ts'
import { payloadOf } from '../store/adapter.ts'

/** Languages by preference, as a client asks for them (`ui_locales` of OpenID Connect Core §3.1.2.1). Its own word. */
export const localesIn = (text: unknown): string[] =>
  typeof text === 'string' ? words(text.slice(0, 1_000)) : []

/**
 * The languages that the client of an interaction asks its pages to be in; none for one that there is not. What is told here
 * is no secret: it needs no cookie.
 */
export async function localesOfInteraction(uid: string): Promise<string[]> {
  const params: unknown = Reflect.get((await payloadOf('Interaction', uid)) ?? {}, 'params')
  return localesIn(typeof params === 'object' && params !== null ? Reflect.get(params, 'ui_locales') : null)
}
