import type { ReactNode } from 'react'
import { ColourField } from '#components/console/branding/colour-field'
import { colourWords, fontWords } from '#components/console/branding/words'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input, Select } from '#components/ui/field'
import type { Asset, Theme } from '#lib/tenancy/schema'

/** A part of the form that is open only when it is wanted. */
export const More = ({ title, children }: { title: string; children: ReactNode }): ReactNode => (
  <details className="group rounded-card border border-border bg-card">
    <summary className="flex min-h-11 list-none items-center justify-between gap-2 px-4 py-2.5 text-sm font-semibold">
      {title}
      <svg
        aria-hidden="true"
        viewBox="0 0 16 16"
        className="size-4 text-muted-fg transition-transform group-open:rotate-180"
        fill="none"
        stroke="currentColor"
      >
        <path d="M4 6l4 4 4-4" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </summary>
    <div className="grid gap-4 border-t border-border px-4 py-4">{children}</div>
  </details>
)

type Option = readonly [value: string, words: string]

export const Choice = ({
  name,
  label,
  hint,
  value,
  ours,
  options,
}: {
  name: string
  label: string
  hint?: string
  value: string | number | undefined
  /** What it is when nothing is chosen. */
  ours: string
  options: readonly Option[]
}): ReactNode => (
  <Field label={label} hint={hint}>
    <Select name={name} defaultValue={value ?? ''}>
      <option value="">{ours}</option>
      {options.map(([key, words]) => (
        <option key={key} value={key}>
          {words}
        </option>
      ))}
    </Select>
  </Field>
)

const range = (values: readonly number[]): Option[] => values.map((px) => [String(px), `${px} px`])

export const FontChoice = ({
  name,
  label,
  value,
  assets,
}: {
  name: string
  label: string
  value: string | undefined
  assets: readonly Asset[]
}): ReactNode => (
  <Choice
    name={name}
    label={label}
    value={value}
    ours="As the deployment has it"
    options={[
      ...assets.filter(({ kind }) => kind === 'font').map(({ id, name: family }): Option => [id, family]),
      ...Object.entries(fontWords),
    ]}
  />
)

const schemes = [
  { scheme: 'light', title: 'Light' },
  { scheme: 'dark', title: 'Dark' },
] as const

/** Every colour but the brand's, in both schemes. */
export const Colours = ({
  draft,
  follows,
  only,
}: {
  draft: Theme
  /** What each is when nothing is said. */
  follows: Readonly<Record<'light' | 'dark', Readonly<Record<string, string>>>>
  only: readonly string[]
}): ReactNode => (
  <div className="grid gap-5">
    {schemes.map(({ scheme, title }) => (
      <fieldset key={scheme} className="grid min-w-0 gap-3">
        <legend className="mb-2 text-sm font-medium">{title}</legend>
        <div className="grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-3">
          {only.map((token) => (
            <ColourField
              key={token}
              name={`${scheme}.${token}`}
              label={colourWords[token] ?? token}
              value={(draft[scheme] as Record<string, string | undefined> | undefined)?.[token] ?? ''}
              follows={follows[scheme][token] ?? '#000000'}
            />
          ))}
        </div>
      </fieldset>
    ))}
  </div>
)

/** Sizes, corners, lines and movement. */
export const Shape = ({ look }: { look: NonNullable<Theme['look']> }): ReactNode => (
  <div className="grid grid-cols-2 gap-4">
    <Choice
      name="look.text_base"
      label="Text size"
      value={look.text_base}
      ours="16 px"
      options={range([15, 17, 18, 20])}
    />
    <Choice
      name="look.weight_strong"
      label="Strong text"
      value={look.weight_strong}
      ours="Semi-bold"
      options={[
        ['500', 'Medium'],
        ['700', 'Bold'],
      ]}
    />
    <Choice
      name="look.radius_card"
      label="Corners of cards"
      value={look.radius_card}
      ours="14 px"
      options={range([0, 4, 8, 12, 16, 20, 24, 32])}
    />
    <Choice
      name="look.radius_pill"
      label="Corners of badges"
      value={look.radius_pill}
      ours="Round"
      options={range([0, 4, 8])}
    />
    <Choice
      name="look.border_width"
      label="Lines"
      value={look.border_width}
      ours="1 px"
      options={range([2, 3])}
    />
    <Choice
      name="look.shadow"
      label="Shadow"
      value={look.shadow}
      ours="Soft"
      options={[
        ['none', 'None'],
        ['strong', 'Strong'],
      ]}
    />
    <Choice
      name="look.density"
      label="Spacing"
      value={look.density}
      ours="Regular"
      options={[
        ['compact', 'Compact'],
        ['roomy', 'Roomy'],
      ]}
    />
    <Choice
      name="look.logo_height"
      label="Height of the logo"
      value={look.logo_height}
      ours="28 px"
      options={range([20, 24, 32, 40, 48, 64])}
    />
    <Choice
      name="look.scheme"
      label="Light or dark"
      value={look.scheme}
      ours="As the device says"
      options={[
        ['light', 'Light only'],
        ['dark', 'Dark only'],
      ]}
    />
    <Choice
      name="look.motion"
      label="Motion"
      value={look.motion}
      ours="As the device says"
      options={[['none', 'None']]}
    />
    <Choice
      name="look.dir"
      label="Direction"
      value={look.dir}
      ours="As the language says"
      options={[
        ['ltr', 'Left to right'],
        ['rtl', 'Right to left'],
      ]}
    />
  </div>
)

/** Addresses, and what stands below every screen. */
export const Links = ({ draft }: { draft: Theme }): ReactNode => (
  <>
    {(
      [
        ['support_url', 'Help'],
        ['privacy_url', 'Privacy'],
        ['terms_url', 'Terms'],
      ] as const
    ).map(([name, label]) => (
      <Field key={name} label={label}>
        <Input
          name={name}
          type="url"
          placeholder="https://"
          pattern="https://.*"
          maxLength={500}
          defaultValue={draft[name] ?? ''}
        />
      </Field>
    ))}
    <Checkbox
      name="hide_badge"
      value="yes"
      defaultChecked={draft.hide_badge === true}
      label="Leave out the line about Behalf"
      description="It says below every screen who keeps the credentials."
    />
  </>
)

/** The texts that may be said in other words, in one language. */
export const Texts = ({
  locale,
  texts,
}: {
  locale: string
  texts: readonly { key: string; ours: string; own: string }[]
}): ReactNode => (
  <>
    <input type="hidden" name="texts_locale" value={locale} />
    {texts.map(({ key, ours, own }) => (
      <Field key={`${locale} ${key}`} label={ours} hint={<code className="font-mono">{key}</code>}>
        <Input
          name={`text.${key}`}
          defaultValue={own}
          placeholder={ours}
          maxLength={400}
          lang={locale}
          dir="auto"
        />
      </Field>
    ))}
  </>
)
