import { Alert } from '#components/ui/alert'

/**
 * A secret that was just made: only its digest is kept, so that nobody is shown it again.
 * @param what it is the secret of, as the sentence says it
 */
export const ToldOnce = ({ what, secret }: { what: string; secret: string }) => (
  <Alert tone="success" title={`Copy the ${what} now. It is not shown again.`}>
    <code className="block font-mono text-xs wrap-anywhere select-all">{secret}</code>
  </Alert>
)
