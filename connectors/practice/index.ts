import { z } from 'zod'
import { type Connector, credentialForm, defineConnector, type Tool } from '#lib/connector-kit'
import { completeTask, createTask, listTasks } from '../sandbox/tasks.ts'

// The practice provider of `sandbox/` once more, for people who paste a credential of their own: one connector for each
// kind of form. A session has to name them.

const person = z.object({ id: z.string(), email: z.string() })

const renamed = (id: string) => (tool: Tool) => ({ ...tool, name: tool.name.replace(/^sandbox\./, `${id}.`) })

function practice(
  id: string,
  form: string,
  path: string,
  auth: Omit<Parameters<typeof credentialForm>[0], 'identity' | 'revoke'>,
): Connector {
  return defineConnector({
    id,
    name: `Acme Tasks by ${form}`,
    summary: `The practice provider, connected by ${form}.`,
    unlisted: true,
    apiBaseUrl: `{base}${path}`,
    baseUrls: { base: 'http://127.0.0.1:3001' },
    auth: credentialForm({
      ...auth,
      identity: {
        url: `{base}${path}/api/me`,
        method: 'GET',
        parse: (body) => {
          const { id: account, email } = person.parse(body)
          return { id: account, label: email }
        },
      },
      revoke: {
        url: `{base}${path}/api/keys/current`,
        method: 'DELETE',
        endsWiderGrant: true,
        confirms: (status) => status === 204,
      },
    }),
    scopes: {
      'tasks:read': {
        does: 'read your tasks',
        example: 'Tell you which tasks are due this week',
        risk: 'read',
      },
      'tasks:write': {
        does: 'create and complete your tasks',
        example: 'Add a follow-up task after a meeting',
        risk: 'write',
        withoutIt: 'The agent can look at tasks but cannot create or complete one.',
      },
    },
    purposes: {
      read: 'So that the agent knows what is due.',
      write: 'So that the agent can note down for you what is to be done.',
    },
    samples: [
      { tool: `${id}.list_tasks`, says: 'Look up what is due today' },
      { tool: `${id}.create_task`, says: 'Add the task “Send the invoice”' },
      { tool: `${id}.complete_task`, says: 'Tick off a task that is done' },
    ],
    apiErrors: [],
    tools: [listTasks, createTask, completeTask].map(renamed(id)),
  })
}

const where = 'The practice provider hands them out at its control port.'

export const practiceForms: Readonly<Record<string, Connector>> = {
  sandboxkeys: practice('sandboxkeys', 'API key', '/t/{subdomain}', {
    fields: [
      { name: 'subdomain', kind: 'subdomain', where: 'The name of your workspace.', example: 'acme' },
      { name: 'api_key', kind: 'api_key', where, example: 'atk_…' },
    ],
    place: { header: 'X-Api-Key', value: '{api_key}' },
  }),
  sandboxbasic: practice('sandboxbasic', 'password', '', {
    fields: [
      { name: 'email', kind: 'email', where: 'The address that you sign in with.', example: 'ana@acme.test' },
      { name: 'password', kind: 'password', where },
    ],
    place: { basic: { user: '{email}', password: '{password}' } },
  }),
  sandboxclient: practice('sandboxclient', 'client', '', {
    fields: [
      { name: 'client_id', kind: 'client_id', where, example: 'client_key_…' },
      { name: 'client_secret', kind: 'client_secret', where, example: 'atk_…' },
    ],
    place: { header: 'Authorization', value: 'Bearer {access_token}' },
    grant: {
      type: 'client_credentials',
      tokenUrl: '{base}/keys/token',
      clientAuth: 'client_secret_basic',
      client: { id: 'client_id', secret: 'client_secret' },
      scope: '',
    },
    refreshBufferSeconds: 30,
  }),
  sandboxservice: practice('sandboxservice', 'service account', '', {
    fields: [{ name: 'key_file', kind: 'service_account', where }],
    place: { header: 'Authorization', value: 'Bearer {access_token}' },
    grant: {
      type: 'jwt_bearer',
      tokenUrl: '{base}/keys/token',
      audience: null,
      account: 'key_file',
      subject: null,
      scope: null,
    },
    refreshBufferSeconds: 30,
  }),
}
