/** Bodies of examples where the fields that must be there say too little; each is parsed by its contract in a test. */
export const sampleBodies: Readonly<Record<string, unknown>> = {
  approveApproval: { decided_by: 'u_2', reason: 'Asked for by the customer' },
  approveConnectionRequest: { decided_by: 'u_2', reason: 'Part of the pilot' },
  changeLimit: { most: 200 },
  confirmConnectSession: { user_id: 'u_1', confirmation_code: 'bhf_cc_…' },
  createAgent: { name: 'Assistant', org_id: 'acme', owner: 'ana@acme.example' },
  createApiKey: { name: 'Backend', org_id: 'acme', roles: ['connect', 'execute'] },
  createAuthConfig: { connector: 'github', client_id: 'Iv1.…', client_secret: 'from-the-provider' },
  createConnectSession: {
    org_id: 'acme',
    user_id: 'u_1',
    connectors: ['sandbox'],
    scopes: { sandbox: ['tasks:read', 'tasks:write'] },
  },
  createLimit: { org_id: 'acme', name: 'Writes an hour', kind: 'rate', most: 100, window_seconds: 3600 },
  createPolicy: { org_id: 'acme', name: 'No deletions', effects: ['delete'] },
  createRevocation: { org_id: 'acme', connector: 'sandbox', reason: 'The pilot is over' },
  createSsoKey: { issuer: 'https://acme.example', jwks_uri: 'https://acme.example/jwks.json' },
  executeTool: { org_id: 'acme', user_id: 'u_1', tool_name: 'sandbox.list_tasks', params: { limit: 5 } },
  importConnectedAccount: {
    org_id: 'acme',
    user_id: 'u_1',
    connector: 'github',
    tokens: { access_token: 'from-the-provider' },
  },
  inviteMember: { email: 'ana@acme.example', role: 'developer', org_id: 'acme' },
  narrowConnectedAccount: { scopes: ['tasks:read'] },
  placeLegalHold: { reason: 'Case 2026-17' },
  placeStop: {
    org_id: 'acme',
    subject: { type: 'tool', id: 'sandbox.delete_task' },
    reason: 'It deletes more than it should',
  },
  putBranding: { name: 'Acme Assistant' },
  putOrg: { name: 'Acme' },
  changeMember: { role: 'auditor' },
  setCosts: { costs: { 'sandbox.list_tasks': 1 } },
  liftStop: { reason: 'Mended' },
  revokeConnectedAccount: { reason: 'Trying it out' },
  rotateAgentCredential: { overlap_seconds: 3600 },
  toolRequirements: { org_id: 'acme', user_id: 'u_1', tools: ['sandbox.list_tasks', 'sandbox.create_task'] },
  uploadBrandingAsset: { kind: 'logo', data: 'iVBORw0KGgo=' },
}

/** Operations that nobody with a key calls: there is no example to give of them. */
export const withoutExample: readonly string[] = ['receiveProviderEvent']
