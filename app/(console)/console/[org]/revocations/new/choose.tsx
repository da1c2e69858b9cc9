import { statusChoices } from '#components/console/status'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import type { Tenant } from '#lib/proof'
import { connectorNames } from '../../../connector-names.ts'
import { isDeployment } from '../../../session.ts'
import { attentionChoices } from '../../accounts/list.tsx'

type Given = Readonly<Record<string, string>>
type Choice = { value: string; words: string }

const connectorChoices = Object.entries(connectorNames).map(([value, words]) => ({ value, words }))

const OneOf = ({
  name,
  label,
  any,
  choices,
  given,
}: {
  name: string
  label: string
  any: string
  choices: readonly Choice[]
  given: Given
}) => (
  <Field label={label}>
    <Select name={name} defaultValue={given[name] ?? ''}>
      <option value="">{any}</option>
      {choices.map(({ value, words }) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </Select>
  </Field>
)

/** A plain GET form: nothing is ended by it. */
export const Choose = ({ tenant, given, path }: { tenant: Tenant; given: Given; path: string }) => (
  <form action={path} className="mt-5 grid max-w-xl gap-4">
    <p className="text-sm text-muted-fg">
      {isDeployment(tenant)
        ? 'In every organization, and it takes a second person. To end the accounts of one organization or one user, begin on the page of that organization.'
        : 'Each field narrows what is ended. With none it is everything of this organization, and takes a second person; so does what ends all of its active and paused accounts, or half of them and more than 25, unless it is of one user or connector.'}{' '}
      The next page says what it reaches, before anything is ended.
    </p>
    <input type="hidden" name="step" value="confirm" />
    {!isDeployment(tenant) && (
      <Field label="User" hint="The id that your product gave them. Empty for every user.">
        <Input name="user_id" defaultValue={given.user_id ?? ''} autoComplete="off" />
      </Field>
    )}
    <OneOf
      name="connector"
      label="Connector"
      any="Every connector"
      choices={connectorChoices}
      given={given}
    />
    {!isDeployment(tenant) && (
      <>
        <OneOf
          name="status"
          label="Status"
          any="Any status"
          choices={statusChoices.filter(({ value }) => value !== 'revoked')}
          given={given}
        />
        <OneOf name="attention" label="Needs attention" any="All" choices={attentionChoices} given={given} />
        <Field
          label="Agent"
          hint="As ag_…: the accounts that it may use, or has used. Empty for every agent."
        >
          <Input name="agent_id" defaultValue={given.agent_id ?? ''} autoComplete="off" spellCheck={false} />
        </Field>
      </>
    )}
    <Button type="submit" variant="secondary" className="justify-self-start">
      Continue
    </Button>
  </form>
)
