export { redactOutput } from './own-secrets.ts'
export { assertMaskable, type Content, safeguard } from './safeguard.ts'
