import { Fragment, isValidElement, type ReactElement, type ReactNode } from 'react'
import { describe, expect, it } from 'vitest'
import { connectors } from '#connectors'
import { buildConsentView, type ConsentFacts, consentText, withWording } from '#lib/consent'
import type { ConsentView } from '#lib/consent/schema'
import { type Translator, translator } from '#lib/i18n'
import { locales } from '#lib/i18n/schema'
import { Checkbox } from '../ui/checkbox.tsx'
import { Consent } from './consent.tsx'

const session: ConsentFacts['session'] = {
  scopes: {},
  purpose: 'Keep your tasks in order & on time',
  purposes: { write: 'Because <we> need it' },
  agents: [
    { orgId: '', id: '', name: 'Triage bot', owner: 'Dana Ito', purpose: 'Sorts what comes in' },
    { orgId: '', id: '', name: 'Digest', owner: null, purpose: null },
  ],
  return_url: 'https://app.northwind.example/done',
  user: { external_id: 'u_42', name: 'Ana Souza', email: 'ana@northwind.example' },
}

const factsFor = (id: string, more: Partial<ConsentFacts> = {}): ConsentFacts => {
  const connector = connectors[id]
  if (!connector) throw new Error(id)
  return {
    session,
    connector,
    organization: {
      name: 'Northwind',
      branding: { privacy_url: 'https://northwind.example/privacy' },
      settings: {},
      verifiedDomain: null,
    },
    account: null,
    previous: null,
    ...more,
  }
}

type Props = Readonly<Record<string, unknown>> & { children?: ReactNode }
type Drawn = { text: string; boxes: Props[]; sheet: string }

/**
 * The screen as it comes out of its components: they are functions of what they are given. React's own renderer does
 * not run where server components do; of what we draw only a box needs it, for an id.
 */
function draw(node: ReactNode, out: Drawn = { text: '', boxes: [], sheet: '' }): Drawn {
  if (typeof node === 'string' || typeof node === 'number') out.text += node
  else if (Array.isArray(node)) for (const one of node) draw(one, out)
  else if (isValidElement<Props>(node)) element(node, out)
  return out
}

function element({ type, props }: ReactElement<Props>, out: Drawn): void {
  if (type === Checkbox) {
    out.boxes.push(props)
    out.text += ' '
    draw(props.label as ReactNode, out)
    out.text += ' '
    draw(props.description as ReactNode, out)
  } else if (typeof type === 'function') draw((type as (given: Props) => ReactNode)(props), out)
  else if (type === 'style') out.sheet += String(props.children)
  else {
    const inline = (type as unknown) === Fragment || type === 'strong' || type === 'del' || type === 'ins'
    if (!inline) out.text += ' '
    if (typeof props.href === 'string') out.text += ` ${props.href} `
    draw(props.children, out)
    if (!inline) out.text += ' '
  }
}

const screen = (view: ConsentView, t: Translator): Drawn => {
  const drawn = draw(<Consent session="cs_1" view={view} hash="h" t={t} nonce="n" />)
  return { ...drawn, text: drawn.text.replace(/\s+/g, ' ') }
}

const all = Object.keys(connectors).flatMap((id) =>
  [...locales, 'en-XA' as const].map((locale) => ({ id, locale })),
)

describe.each(all)('$id in $locale', ({ id, locale }) => {
  const t = translator(locale)

  it('shows each word that the receipt keeps', () => {
    const facts = factsFor(id)
    const view = buildConsentView(facts, t)
    const { text: shown } = screen(view, t)
    for (const part of consentText(view, t)
      .split('\n')
      .flatMap((line) => line.split(' · ')))
      expect(shown).toContain(part.replace(/\s+/g, ' '))
  })

  it('shows them too where only a part is new', () => {
    const facts = factsFor(id)
    const [kept = ''] = Object.keys(facts.connector.scopes)
    const text = consentText(buildConsentView(facts, t), t).replace('Triage', 'Sorting')
    const previous = {
      consentedAt: new Date('2026-01-02'),
      scopes: [kept, 'scope:gone'],
      text,
      locale,
      resources: null,
    }
    const renewed = factsFor(id, { account: { label: 'ana@acme.test' }, previous })
    const view = withWording(buildConsentView(renewed, t), previous, renewed.connector, t)
    const { text: shown } = screen(view, t)
    expect(view.change?.gone).toHaveLength(1)
    expect(view.change?.wording).not.toEqual([])
    for (const part of consentText(view, t)
      .split('\n')
      .flatMap((line) => line.split(' · ')))
      expect(shown).toContain(part.replace(/\s+/g, ' '))
  })
})

describe('the consent screen', () => {
  const t = translator('en')
  const drawn = (facts: ConsentFacts) => screen(buildConsentView(facts, t), t)

  it('never ticks what is optional, and has no box for what is needed', () => {
    const boxes = drawn(factsFor('sandbox')).boxes.filter(({ name }) => name === 'scopes')
    expect(boxes.map(({ value }) => value)).toEqual(['projects:read', 'tasks:write', 'tasks:delete'])
    expect(boxes.filter(({ defaultChecked }) => defaultChecked)).toEqual([])
  })

  it('never calls a domain checked that is not', () => {
    expect(drawn(factsFor('sandbox')).text).toContain('you return to app.northwind.example')
    const facts = factsFor('sandbox')
    const verified = {
      ...facts,
      organization: { ...facts.organization, verifiedDomain: 'northwind.example' },
    }
    expect(drawn(verified).text).toContain('owns northwind.example, which we checked')
  })

  it('says what the token permits beyond it only where it is asked for', () => {
    const slack = factsFor('slack')
    expect(drawn(slack).text).toContain('Edit or delete your messages Blocked by Behalf')
    const reading = { ...slack, session: { ...session, scopes: { slack: ['channels:read'] } } }
    expect(drawn(reading).text).not.toContain('Edit or delete your messages')
    expect(drawn(reading).text).toContain('Post messages as you Not asked for')
  })

  it('tells whoever tries a thing that a rule of the organization forbids that it is blocked, whatever they tick', () => {
    const facts = factsFor('sandbox', { forbidden: new Set(['sandbox.create_task']) })
    const { samples } = buildConsentView(facts, t)
    expect(samples.map(({ ticks }) => ticks.length)).toEqual([1, 0, 1])
    expect(drawn(facts).text).toContain('Add the task “Send the invoice” Blocked by Northwind')
  })

  it('lets no name of an organization or an agent into the sheet of rules', () => {
    const evil = '}</style><script>alert(1)</script>'
    const facts = factsFor('sandbox')
    const { sheet } = drawn({
      ...facts,
      organization: { ...facts.organization, name: evil },
      session: { ...session, agents: [{ orgId: '', id: '', name: evil, owner: evil, purpose: evil }] },
    })
    expect(sheet).toContain(':has(')
    expect(sheet).not.toContain('alert')
  })
})
