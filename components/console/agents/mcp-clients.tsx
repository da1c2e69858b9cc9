import { Copy } from '#components/ui/copy'
import { type ClientSetup, clientSetups } from '#lib/mcp/schema'

/** Words in which code stands between backticks. */
const withCode = (words: string) =>
  words.split('`').map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <code key={part} className="font-mono text-xs break-all">
        {part}
      </code>
    ),
  )

const sentence = (words: string): string =>
  `${words.startsWith('`') ? words : words.charAt(0).toUpperCase() + words.slice(1)}.`

const Setup = ({ setup, group }: { setup: ClientSetup; group: string }) => {
  const id = `${group}-${setup.id}`
  return (
    <details name={group} className="group border-t border-border first:border-t-0">
      <summary className="flex cursor-pointer list-none items-center justify-between gap-3 py-3 text-sm font-medium">
        {setup.name}
        <span aria-hidden="true" className="text-muted-fg group-open:rotate-90 rtl:-scale-x-100">
          ›
        </span>
      </summary>
      <div className="grid gap-3 pb-4">
        <p className="max-w-prose text-sm text-muted-fg">{withCode(sentence(setup.where))}</p>
        <pre
          id={id}
          className="rounded-control bg-muted px-3 py-2.5 font-mono text-xs leading-relaxed whitespace-pre-wrap wrap-anywhere select-all"
        >
          {setup.text}
        </pre>
        <Copy id={id} what={`the setup of ${setup.name}`} />
      </div>
    </details>
  )
}

/**
 * How an MCP endpoint is added to the clients that people have, one open at a time; it works without a script.
 * @param url of the endpoint
 * @param group names these among others of the page
 */
export const McpClients = ({ url, group }: { url: string; group: string }) => (
  <div className="grid">
    <div className="grid gap-2 pb-4">
      <p className="text-sm text-muted-fg">Its address</p>
      <code id={`${group}-url`} className="font-mono text-sm break-all select-all">
        {url}
      </code>
      <Copy id={`${group}-url`} what="the address" />
    </div>
    <div className="border-t border-border">
      {clientSetups(url).map((setup) => (
        <Setup key={setup.id} setup={setup} group={group} />
      ))}
    </div>
  </div>
)
