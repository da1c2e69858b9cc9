import { parse } from '#lib/http'
import { ssoConnectionInput } from '#lib/identity/schema'

const text = (form: FormData, name: string) => String(form.get(name) ?? '').trim()

/** A connection as its form sends it; an empty secret keeps the one that is there. @throws AppError `invalid_request` */
export function readConnection(form: FormData) {
  const secret = text(form, 'client_secret')
  return parse(
    ssoConnectionInput,
    {
      name: text(form, 'name'),
      issuer: text(form, 'issuer'),
      client_id: text(form, 'client_id'),
      client_auth: text(form, 'client_auth') || undefined,
      ...(secret !== '' && { client_secret: secret }),
      scopes: text(form, 'scopes').split(/\s+/).filter(Boolean),
      groups_claim: text(form, 'groups_claim') || undefined,
      creates_members: form.get('creates_members') === 'on',
    },
    'form',
  )
}
