/** Text with `code` in it, as the contracts and the advice write it. */
export const InlineCode = ({ children }: { children: string }) =>
  children.split('`').map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a fixed sentence keep their places
      <code key={at} className="rounded-sm bg-muted px-1 font-mono text-[0.9em] break-words">
        {part}
      </code>
    ) : (
      part
    ),
  )
