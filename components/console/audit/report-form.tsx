import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input, Select } from '#components/ui/field'

/** A report of a period, made as it is read: a plain GET form. */
export const ReportForm = ({
  title,
  about,
  action,
  period,
  formats,
}: {
  title: string
  about: string
  action: string
  period: { since: string; until: string }
  formats: readonly { value: string; words: string }[]
}) => (
  <Card className="grid content-between gap-4 p-4">
    <div>
      <h2 className="font-medium">{title}</h2>
      <p className="mt-1 text-sm text-muted-fg">{about}</p>
    </div>
    <form
      action={action}
      aria-label={title}
      className="grid items-end gap-3 min-[26rem]:grid-cols-2 [&>*]:min-w-0"
    >
      <Field label="First day (UTC)">
        <Input type="date" name="since" defaultValue={period.since} required />
      </Field>
      <Field label="Last day (UTC)">
        <Input type="date" name="until" defaultValue={period.until} required />
      </Field>
      <Field label="Format">
        <Select name="format">
          {formats.map(({ value, words }) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
      <Button type="submit" variant="secondary">
        Download
      </Button>
    </form>
  </Card>
)
