/** One entry with all its variants, and what passes say about it. */
import type { VariantAccount } from '../../compiler/account/account-policy.ts'
import type { PassRemark } from '../../compiler/passes/manager.ts'

export interface ExplainedEntry {
  readonly policy: string
  readonly entry: string
  readonly variants: readonly VariantAccount[]
  readonly remarks: readonly PassRemark[]
}
