import { useId } from 'react'
import { Copy } from './copy.tsx'

type Call = {
  method: string
  url: string
  /** Sent as JSON; a text is sent as it stands. */
  body?: unknown
  headers?: Readonly<Record<string, string>>
}

/** For a POSIX shell, within single quotes. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** What fits on a line stands on one. */
function jsonOf(body: unknown): string {
  const line = JSON.stringify(body)
  return line.length <= 60 ? line : JSON.stringify(body, null, 2)
}

/** The call as a command. The key is a variable of the reader's shell: no page knows it. */
export function curlOf({ method, url, body, headers = {} }: Call): string {
  const plain = method === 'GET' || (method === 'POST' && body !== undefined)
  const sent = {
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...headers,
  }
  return [
    `curl -sS ${plain ? '' : `-X ${method} `}${quoted(url)}`,
    '-H "Authorization: Bearer $BEHALF_API_KEY"',
    ...Object.entries(sent).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(typeof body === 'string' ? body : jsonOf(body))}`]),
  ].join(' \\\n  ')
}

/** A command to take along: it wraps instead of scrolling, and what is selected of it is all of it. */
export function Command({ text, what }: { text: string; what: string }) {
  const id = useId()
  return (
    <div className="grid min-w-0 gap-2">
      <pre
        id={id}
        className="overflow-hidden rounded-control bg-muted p-3 font-mono text-xs leading-relaxed whitespace-pre-wrap wrap-anywhere"
      >
        {text}
      </pre>
      <Copy id={id} what={what} />
    </div>
  )
}
