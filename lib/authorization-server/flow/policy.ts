import { type KoaContextWithOIDC, interactionPolicy as kit } from 'oidc-provider'
import { parseAccount } from '../account.ts'
import { findResource } from '../resources.ts'
import { consentIn } from '../tokens/sign-tokens.ts'

const { Check, Prompt } = kit
const ask = (needed: boolean) => (needed ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT)

export const resourceOf = (ctx: KoaContextWithOIDC): string => {
  const { resource } = ctx.oidc.params ?? {}
  return String(Array.isArray(resource) ? resource[0] : resource)
}

/** When a person has to sign in, and when to be asked: for every client by itself, whatever another was told. */
export const interactionPolicy = () => [
  new Prompt(
    { name: 'login', requestable: true },
    // A person who is gone or was stopped has no account any more.
    new Check('no_session', 'sign-in is required', 'login_required', (ctx) =>
      ask(!ctx.oidc.session?.accountId || !ctx.oidc.entities.Account),
    ),
    new Check('max_age', 'the sign-in is too long ago', 'login_required', (ctx) => {
      const seconds = ctx.oidc.params?.behalf_max_age
      if (typeof seconds !== 'string' || ctx.oidc.result?.login) return Check.NO_NEED_TO_PROMPT
      const since = Date.now() / 1000 - (ctx.oidc.session?.loginTs ?? 0)
      return ask(since >= Number(seconds))
    }),
    new Check('another_org', 'the resource is another organization’s', 'login_required', async (ctx) => {
      const account = parseAccount(ctx.oidc.session?.accountId ?? '')
      const resource = await findResource(resourceOf(ctx))
      return ask(Boolean(resource?.tenant && resource.tenant.orgId !== account?.orgId))
    }),
  ),
  new Prompt(
    { name: 'consent', requestable: true },
    new Check('no_consent', 'consent is required', 'consent_required', (ctx) =>
      ask(!ctx.oidc.entities.Grant || consentIn(ctx.oidc.entities.Grant) === undefined),
    ),
  ),
]
