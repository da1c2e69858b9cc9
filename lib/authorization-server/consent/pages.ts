import type { Origin } from '#lib/audit'
import { deployment, lookupTenant } from '#lib/db'
import type { Translator } from '#lib/i18n'
import { sendsMail } from '#lib/mail'
import { getOrg, type PortalTheme, publishedTheme } from '#lib/tenancy'
import type { Decision, Interaction, SignedIn } from '../interaction.ts'
import type { SignInView } from '../schema.ts'
import { type Chosen, letIn } from './decide.ts'
import { provenPeople } from './mail-code.ts'
import type { Connectors } from './offers.ts'
import { authorizeScreen } from './screen.ts'
import { choicesOf, signInUrl, tenantOfSignIn } from './sign-in.ts'

/** Whose page an interaction's is: the org of its resource, else that of whoever is signed in; `null` before that. */
export async function brandingOf(
  interaction: Interaction,
): Promise<{ name: string; theme: PortalTheme } | null> {
  const tenant =
    interaction.orgId === null
      ? interaction.account && (await lookupTenant(interaction.account.orgId))
      : await tenantOfSignIn(interaction)
  if (!tenant || tenant.orgId === deployment.orgId) return null
  const [organization, theme] = await Promise.all([getOrg(tenant), publishedTheme(tenant)])
  return { name: theme.name ?? organization.name, theme }
}

/** What the page shows on which a person says who they are. @param sent a code was asked for a moment ago */
export async function signInView(interaction: Interaction, sent: boolean): Promise<SignInView> {
  const tenant = await tenantOfSignIn(interaction)
  const [people, to] = await Promise.all([provenPeople(interaction), signInUrl(tenant)])
  const known = interaction.orgId === null ? null : (await getOrg(tenant)).name
  return {
    client: interaction.client,
    organization: known,
    product: to !== null,
    mail: sendsMail(),
    state: people.length > 1 ? 'choose' : sent ? 'code' : 'ask',
    choices: people.length > 1 ? await choicesOf(people) : [],
  }
}

/** What a consent page needs of the connectors. */
export const createAuthorizePages = (connectors: Connectors) => ({
  screen: (interaction: Interaction, account: SignedIn, t: Translator) =>
    authorizeScreen(connectors, interaction, account, t),
  /** @throws as `letIn` */
  async allow(
    interaction: Interaction,
    account: SignedIn,
    chosen: Chosen,
    t: Translator,
    origin: Origin,
  ): Promise<Decision> {
    return letIn(interaction, await authorizeScreen(connectors, interaction, account, t), chosen, t, origin)
  },
})
