import { ButtonLink } from '#components/ui/button'
import { Card } from '#components/ui/card'
import type { ReceiptWords } from '#lib/consent/schema'
import { directionOf, isLocale, type Translator } from '#lib/i18n/schema'

type Props = {
  words: ReceiptWords
  /** The language that the receipt was signed in: it may not be the page's. */
  language: string
  /** The exact words that were shown. */
  text: string
  /** Where the files are. */
  file: string
  t: Translator
}

/** A receipt to read: the signed texts as they stand, and the files to keep. Its words are never themed. */
export const Receipt = ({ words, language, text, file, t }: Props) => {
  const dir = isLocale(language) ? directionOf(language) : 'ltr'
  return (
    <div className="grid gap-4">
      <Card className="px-5 py-6 sm:px-7">
        <h1 className="text-xl leading-snug font-semibold">{t('receipt.page_title')}</h1>
        <p className="mt-2 text-sm leading-relaxed text-muted-fg">{t('receipt.page_intro')}</p>
        <ul className="mt-5 grid gap-4 sm:grid-cols-2">
          <Save href={`${file}?format=html`} name={t('receipt.page_download')} primary>
            {t('receipt.page_download_hint')}
          </Save>
          <Save href={`${file}?format=json`} name={t('receipt.page_data')}>
            {t('receipt.page_data_hint')}
          </Save>
        </ul>
      </Card>
      <Card className="px-5 py-6 sm:px-7">
        <article lang={language} dir={dir} className="wrap-anywhere">
          <h2 className="text-sm font-medium text-muted-fg">{words.title}</h2>
          <p className="mt-1 text-lg leading-snug font-semibold text-pretty">{words.summary}</p>
          <dl className="mt-4 text-sm">
            {words.rows.map(({ label, lines }) => (
              <div
                key={label}
                className="grid gap-x-4 gap-y-1 border-t border-border py-3 sm:grid-cols-[10rem_1fr]"
              >
                <dt className="text-muted-fg">{label}</dt>
                <dd className="grid gap-1 leading-relaxed">
                  {lines.map((line) => (
                    <p key={line}>{linked(line)}</p>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
          <details className="border-t border-border pt-3 text-sm">
            <summary className="min-h-6 cursor-pointer text-link">{words.exact_text}</summary>
            <div className="mt-3 rounded-control border border-border bg-muted p-3 font-mono text-xs leading-relaxed [unicode-bidi:plaintext] whitespace-pre-wrap">
              {text}
            </div>
          </details>
        </article>
      </Card>
    </div>
  )
}

/** The addresses in a line, to be followed. */
const linked = (line: string) =>
  line.split(/(https?:\/\/[^\s<>"']*[\w/])/).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <a key={part} href={part} className="text-link underline underline-offset-2">
        {part}
      </a>
    ),
  )

const Save = ({
  href,
  name,
  primary = false,
  children,
}: {
  href: string
  name: string
  primary?: boolean
  children: string
}) => (
  <li className="grid content-start gap-1.5">
    <ButtonLink href={href} variant={primary ? 'primary' : 'secondary'} download>
      {name}
    </ButtonLink>
    <p className="text-xs leading-relaxed text-muted-fg">{children}</p>
  </li>
)
