import { Return } from './return.tsx'

/** Northwind's return_url: where the browser that finished comes back to, popup included. */
export default async function ReturnPage({ searchParams }: PageProps<'/demo/return'>) {
  const given = await searchParams
  const one = (name: string) => (typeof given[name] === 'string' ? given[name] : null)
  return <Return session={one('session_id')} code={one('confirmation_code')} status={one('status')} />
}
