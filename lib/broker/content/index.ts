export { redactOutput } from './own-secrets.ts'
export { assertMaskable, asUntrusted, type Content, safeguard } from './safeguard.ts'
