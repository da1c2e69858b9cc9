import { config } from '#lib/config'
import { people, signedIn } from './host.ts'
import { HostApp } from './host-app.tsx'

/** A host product that embeds the portal from another origin. */
export default async function DemoPage() {
  const { publicUrl } = config()
  const user = await signedIn()
  return (
    <>
      <script src={`${publicUrl}/embed.js`} async />
      <HostApp key={user} user={user} name={user && people[user].name} publicUrl={publicUrl} />
    </>
  )
}
