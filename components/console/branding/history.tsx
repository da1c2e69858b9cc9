import type { ReactNode } from 'react'
import { ConfirmAction, type ConfirmResult } from '#components/console/confirm-action'
import { Time } from '#components/console/time'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import type { Branding } from '#lib/tenancy/schema'
import { fieldsInWords } from './words.tsx'

const authors: Readonly<Record<string, string>> = {
  member: 'an admin, here',
  api_key: 'a secret key',
  root_key: 'the root key',
}

/** What was published when, and the way back to each. */
export const History = ({
  versions,
  goBack,
}: {
  versions: Branding['versions']
  goBack: (version: number) => (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>
}): ReactNode => (
  <Table label="Published versions">
    <thead>
      <tr>
        <Th>Version</Th>
        <Th>What changed</Th>
        <Th className="hidden sm:table-cell">Published</Th>
        <Th>
          <span className="sr-only">Way back</span>
        </Th>
      </tr>
    </thead>
    <tbody>
      {versions.map(({ version, restored_version, changed_fields, published_by, published_at }, at) => (
        <tr key={version}>
          <Td className="whitespace-nowrap">
            {version} {at === 0 && <Badge tone="success">Live</Badge>}
          </Td>
          <Td>
            {restored_version !== null && `Back to version ${restored_version}: `}
            {fieldsInWords(changed_fields)}
            <span className="block text-xs text-muted-fg sm:hidden">
              <Time at={published_at} />
            </span>
          </Td>
          <Td className="hidden whitespace-nowrap sm:table-cell">
            <Time at={published_at} />
            <span className="block text-xs text-muted-fg">
              by {authors[published_by.type] ?? published_by.type}
            </span>
          </Td>
          <Td>
            {at > 0 && (
              <ConfirmAction
                action={goBack(version)}
                label="Go back"
                title={`Go back to version ${version}?`}
                confirm="Go back"
              >
                <p>It is published once more, under a new number. Your draft stays as it is.</p>
              </ConfirmAction>
            )}
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
