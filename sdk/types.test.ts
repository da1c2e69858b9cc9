import { expectTypeOf, test } from 'vitest'
import type { z } from 'zod'
import type {
  approval,
  approvalDetail,
  approvalFilter,
  approveInput,
  denyInput,
  pendingApproval,
} from '#lib/approvals/schema'
import type { auditEvent, auditFilter } from '#lib/audit/schema'
import type { executeInput, executeOutput } from '#lib/broker/schema'
import type {
  accountFilter,
  connectedAccount,
  connectSession,
  connectSessionInput,
  createdConnectSession,
} from '#lib/consent/schema'
import type * as errors from '#lib/errors'
import type { pageQuery } from '#lib/http'
import type { confirmConnectSession } from '../app/api/v1/connect_sessions/[id]/confirm/contract.ts'
import type { revokeConnectedAccount } from '../app/api/v1/connected_accounts/[id]/revoke/contract.ts'
import type { listTools, toolView } from '../app/api/v1/tools/contract.ts'
import { BehalfError } from './error.ts'
import type * as sdk from './types.ts'

/** Written by hand in many shapes, the same type all the same. */
type Flat<T> = T extends (infer Item)[] ? Flat<Item>[] : T extends object ? { [K in keyof T]: Flat<T[K]> } : T

test('the types of the client are those of the contracts', () => {
  expectTypeOf<sdk.ErrorCode>().toEqualTypeOf<errors.ErrorCode>()
  expectTypeOf<sdk.ProblemFacts>().toEqualTypeOf<errors.PublicFacts>()

  expectTypeOf<sdk.ConnectSessionInput>().toEqualTypeOf<z.input<typeof connectSessionInput>>()
  expectTypeOf<sdk.ConnectSession>().toEqualTypeOf<z.output<typeof connectSession>>()
  expectTypeOf<Flat<sdk.CreatedConnectSession>>().toEqualTypeOf<z.output<typeof createdConnectSession>>()
  expectTypeOf<sdk.Confirmation>().toEqualTypeOf<
    z.input<NonNullable<(typeof confirmConnectSession)['body']>>
  >()

  expectTypeOf<sdk.ConnectedAccount>().toEqualTypeOf<z.output<typeof connectedAccount>>()
  expectTypeOf<sdk.AccountFilter>().toEqualTypeOf<z.input<typeof accountFilter>>()
  expectTypeOf<Flat<sdk.RevokedAccount>>().toEqualTypeOf<
    z.output<(typeof revokeConnectedAccount)['output']>
  >()

  expectTypeOf<sdk.Tool>().toEqualTypeOf<z.output<typeof toolView>>()
  expectTypeOf<keyof (sdk.ToolFilter & sdk.PageQuery) | 'format'>().toEqualTypeOf<
    keyof z.input<NonNullable<(typeof listTools)['query']>>
  >()
  expectTypeOf<sdk.ExecuteInput>().toEqualTypeOf<z.input<typeof executeInput>>()
  expectTypeOf<sdk.Executed>().toEqualTypeOf<z.output<typeof executeOutput>>()
  expectTypeOf<sdk.PendingApproval>().toEqualTypeOf<z.output<typeof pendingApproval>>()

  expectTypeOf<sdk.Approval>().toEqualTypeOf<z.output<typeof approval>>()
  expectTypeOf<Flat<sdk.ApprovalDetail>>().toEqualTypeOf<z.output<typeof approvalDetail>>()
  expectTypeOf<sdk.ApprovalFilter>().toEqualTypeOf<z.input<typeof approvalFilter>>()
  expectTypeOf<sdk.Approve>().toEqualTypeOf<z.input<typeof approveInput>>()
  expectTypeOf<sdk.Deny>().toEqualTypeOf<z.input<typeof denyInput>>()

  expectTypeOf<sdk.AuditEvent>().toEqualTypeOf<z.output<typeof auditEvent>>()
  expectTypeOf<sdk.AuditFilter>().toEqualTypeOf<z.input<typeof auditFilter>>()
  expectTypeOf<keyof sdk.PageQuery>().toEqualTypeOf<keyof z.input<typeof pageQuery>>()
  expectTypeOf(BehalfError).instance.toHaveProperty('connectUrl')
})
