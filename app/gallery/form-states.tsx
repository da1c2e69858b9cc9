import { CredentialForm } from '#components/portal/credential-form'
import type { CredentialScreen } from '#lib/connect/schema'
import type { GalleryState } from './states.tsx'

type Asked = CredentialScreen['fields'][number]

const asked = (name: string, kind: Asked['kind'], more: Partial<Asked> = {}): Asked => ({
  name,
  kind,
  secret: !['subdomain', 'email', 'username', 'client_id'].includes(kind),
  value: '',
  kept: false,
  problem: null,
  where: null,
  where_url: null,
  example: null,
  suffix: null,
  ...more,
})

const subdomain = asked('subdomain', 'subdomain', {
  suffix: '.zendesk.com',
  example: 'acme',
  where: 'The first part of your Zendesk address, or the whole address.',
})
const token = asked('api_token', 'api_token', {
  where: 'In the Admin Center under Apps and integrations, APIs, API tokens.',
  where_url: 'https://example.com/tokens',
})
const email = asked('email', 'email', { example: 'ana@example.com' })

const given = (fields: Asked[], refusal: CredentialScreen['refusal'] = null, leaves = false) => ({
  connector: { id: 'zendesk', name: 'Zendesk' },
  organization: 'Northwind',
  leaves,
  fields,
  refusal,
})

const state = (title: string, screen: CredentialScreen): GalleryState => ({
  title,
  organization: screen.organization,
  render: ({ t, session }) => <CredentialForm session={session} screen={screen} t={t} />,
})

const filled = [
  { ...subdomain, value: 'acme' },
  { ...email, value: 'ana@example.com' },
  { ...token, kept: true },
]

/** The forms of connectors that are not OAuth, and what can be wrong with what is given. */
export const formStates: Readonly<Record<string, GalleryState>> = {
  form_subdomain: state('Subdomain, before the provider', given([subdomain], null, true)),
  form_api_key: state(
    'API key',
    given([asked('api_key', 'api_key', { example: 'pat…', where: 'Create one that may read records.' })]),
  ),
  form_basic: state('Basic: address and token', given([subdomain, email, token])),
  form_client: state(
    'Client of their own',
    given([asked('client_id', 'client_id'), asked('secret', 'client_secret')]),
  ),
  form_service_account: state('Service account', given([asked('key_file', 'service_account')])),
  form_wrong_fields: state(
    'Fields that do not fit',
    given([
      { ...subdomain, value: 'acme.example.com', problem: 'not_an_address' },
      { ...email, value: 'ana', problem: 'not_an_email' },
      { ...token, problem: 'missing' },
    ]),
  ),
  credentials_rejected: state('Credentials rejected', given(filled, 'credentials_rejected')),
  form_wrong_address: state('Nothing at that subdomain', given(filled, 'wrong_address')),
  form_permission_missing: state('Permission missing', given(filled, 'permission_missing')),
  form_provider_busy: state('Provider asks to wait', given(filled, 'provider_busy')),
  form_provider_down: state('Provider down at the test', given(filled, 'provider_unavailable')),
  form_too_many: state('Too many tries', given(filled, 'too_many')),
}
