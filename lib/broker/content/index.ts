export { redactOutput } from './own-secrets.ts'
export { assertMaskable, type Content, type SafeOutcome, safeguard } from './safeguard.ts'
