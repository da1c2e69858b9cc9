import { z } from 'zod'
import { defineConnector, oauth2 } from '#lib/connector-kit'
import { attachFile, downloadAttachment, listAttachments } from './attachments.ts'
import { projects } from './projects.ts'
import {
  completeTask,
  createTask,
  deleteTask,
  getTask,
  listProjects,
  listTasks,
  updateTask,
} from './tasks.ts'
import { words } from './words/index.ts'

const person = z.object({ sub: z.string(), email: z.string().optional(), name: z.string().optional() })

/** The practice provider of `sandbox/`: a newcomer needs no account anywhere. */
export const sandbox = defineConnector({
  id: 'sandbox',
  name: 'Acme Tasks',
  summary: 'A practice provider with tasks and projects, running beside Behalf.',
  apiBaseUrl: '{base}',
  baseUrls: { base: 'http://127.0.0.1:3001' },
  auth: oauth2({
    authorizeUrl: '{base}/authorize',
    tokenUrl: '{base}/token',
    issuer: '{base}',
    issuerRequired: true,
    baseScopes: ['openid', 'profile', 'offline_access'],
    nonce: true,
    switchAccountParams: { prompt: 'login' },
    rotation: 'single_use',
    // Its access tokens live 300 s: a wider buffer would refresh them on every call.
    refreshBufferSeconds: 30,
    revoke: {
      url: '{base}/token/revocation',
      method: 'POST',
      authenticate: 'client',
      body: 'form_token',
      token: 'refresh_or_access',
      endsWiderGrant: false,
      confirms: (status) => status === 200,
    },
    identity: {
      url: '{base}/userinfo',
      method: 'GET',
      parse: (body) => {
        const { sub, email, name } = person.parse(body)
        return { id: sub, label: email ?? name ?? sub }
      },
    },
    tokenErrors: [
      { codes: ['invalid_grant'], is: 'ambiguous' },
      { codes: ['invalid_client', 'unauthorized_client', 'unsupported_grant_type'], is: 'config' },
    ],
  }),
  scopes: {
    'tasks:read': {
      does: 'read your tasks',
      example: 'Tell you which tasks are due this week',
      risk: 'read',
    },
    'projects:read': {
      does: 'read your projects',
      example: 'Find the project that a task belongs to',
      risk: 'read',
      withoutIt: 'The agent cannot list projects or say which project a task is in.',
    },
    'tasks:write': {
      does: 'create and change your tasks',
      example: 'Add a follow-up task after a meeting',
      risk: 'write',
      withoutIt: 'The agent can look at tasks but cannot create, edit or complete one.',
    },
    'tasks:delete': {
      does: 'delete your tasks',
      example: 'Remove a duplicate task for good',
      risk: 'admin',
      withoutIt: 'The agent cannot delete a task.',
    },
  },
  purposes: {
    read: 'So that the agent knows what is due.',
    write: 'So that the agent can note down for you what is to be done.',
    admin: 'So that the agent can clear away what nobody needs any more.',
  },
  samples: [
    { tool: 'sandbox.list_tasks', says: 'Look up what is due today' },
    { tool: 'sandbox.create_task', says: 'Add the task “Send the invoice”' },
    { tool: 'sandbox.delete_task', says: 'Delete a task for good' },
  ],
  resources: { project: projects },
  words,
  apiErrors: [],
  notices: { scheme: 'shared_signals', issuers: ['{base}'], jwksUrl: '{base}/jwks' },
  tools: [
    listTasks,
    getTask,
    createTask,
    updateTask,
    completeTask,
    deleteTask,
    listProjects,
    listAttachments,
    attachFile,
    downloadAttachment,
  ],
})
