// The composition root's door: what the product is put together to, and what its routes, pages and jobs need of it.
export { flowCookieName, sealFlow, sessionOfState, unsealFlow } from '#lib/connect'
export { agentOrKey, answerOauth, key, scimCaller } from './callers.ts'
export {
  authorize,
  broker,
  connect,
  connectors,
  mcp,
  reachable,
  scim,
  signAuditHead,
  startAuditStreams,
  toolNames,
  tools,
} from './composition.ts'
export { demoOrg, demoSecret } from './demo.ts'
export { crontab, jobs } from './jobs.ts'
export { keyRotation, rotateSigning } from './keys.ts'
export { checkReadiness } from './readiness.ts'
export { audited, policyChanged, stopTold, viewed } from './recorded.ts'
export { noteRefusal, originOf } from './refusals.ts'
