import type { MemberRole } from '#lib/identity/schema'
import { roleWords } from './role-words.ts'

/** One of the roles, each with what it is for. */
export const RoleSelect = ({ roles, initial }: { roles: readonly MemberRole[]; initial: MemberRole }) => (
  <fieldset className="grid gap-2 text-sm">
    <legend className="mb-2 font-medium">Role</legend>
    {roles.map((role) => (
      <label
        key={role}
        className="flex items-start gap-3 rounded-control border border-border p-3 has-checked:border-primary"
      >
        <input
          type="radio"
          name="role"
          value={role}
          defaultChecked={role === initial}
          className="mt-0.5 size-4 shrink-0 accent-primary"
        />
        <span className="min-w-0">
          <span className="block font-medium">{roleWords[role].name}</span>
          <span className="block text-xs text-muted-fg">{roleWords[role].does}</span>
        </span>
      </label>
    ))}
  </fieldset>
)
