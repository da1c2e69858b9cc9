import { isValidElement, type ReactNode } from 'react'
import { expect, test } from 'vitest'
import { translator } from '#lib/i18n'
import { locales } from '#lib/i18n/schema'
import { SignIn } from './authorize-sign-in.tsx'

/** What each of the buttons that answer says, by its value; React's own renderer does not run where server components do. */
function answers(node: ReactNode, value = '', said: Record<string, string> = {}): Record<string, string> {
  if (typeof node === 'string') said[value] = `${said[value] ?? ''}${node}`
  else if (Array.isArray(node)) for (const one of node) answers(one, value, said)
  else if (isValidElement<{ children?: ReactNode; name?: string; value?: string }>(node)) {
    const { type, props } = node
    const own = props.name === 'person' ? String(props.value) : value
    answers(
      typeof type === 'function' ? (type as (given: object) => ReactNode)(props) : props.children,
      own,
      said,
    )
  }
  return said
}

test.each(locales)('in %s, of orgs of the same name the one that has proven a domain says so', (locale) => {
  const said = answers(
    <SignIn
      t={translator(locale)}
      said={null}
      action="/oauth/interaction/one"
      view={{
        ...{ organization: null, product: false, mail: true, state: 'choose' },
        client: {
          kind: 'dcr',
          clientId: 'cl_1',
          name: 'Desk',
          uri: null,
          redirectHost: 'a.test',
          local: false,
        },
        choices: [
          { id: '1', name: 'Acme', domain: 'acme.test', user: 'Ana' },
          { id: '2', name: 'Acme', domain: null, user: 'Ana' },
        ],
      }}
    />,
  )
  expect(said['1']).toMatch(/^Acme .*acme\.test.* Ana$/)
  expect(said['2']?.replace(/\s+/g, ' ')).toBe('Acme Ana')
})
