import { redirect } from 'next/navigation'
import { requireOrg } from '../session.ts'

export default async function OrganizationPage({ params }: { params: Promise<{ org: string }> }) {
  const { tenant } = await requireOrg((await params).org, 'overview.read')
  redirect(`/console/${encodeURIComponent(tenant.externalId)}/accounts`)
}
