import { Field, Input } from '#components/ui/field'

/** What ends everything is typed by hand: by whoever asks, and by whoever approves. */
export const TypedName = ({ typed }: { typed: string }) => (
  <Field
    label={
      <>
        Type <code className="font-mono">{typed}</code> to confirm
      </>
    }
  >
    <Input
      name="typed"
      required
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      pattern={typed.replaceAll('.', '\\.')}
      title={typed}
    />
  </Field>
)
