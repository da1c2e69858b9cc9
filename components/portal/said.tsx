import { Fragment, type ReactNode } from 'react'

/**
 * A text with its `{name}`s filled in, each isolated: a name in another script must not turn the sentence around it
 * (W3C, Unicode Bidi isolation).
 * @param strong the names that stand out
 */
export function said(
  text: string,
  values: Readonly<Record<string, string>> = {},
  strong: readonly string[] = [],
): ReactNode {
  return text.split(/(\{\w+\})/).map((part, at) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    const value = name === undefined ? undefined : values[name]
    if (name === undefined || value === undefined) return part
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text keep their places
      <Fragment key={at}>
        {strong.includes(name) ? <bdi className="font-medium text-fg">{value}</bdi> : <bdi>{value}</bdi>}
      </Fragment>
    )
  })
}
