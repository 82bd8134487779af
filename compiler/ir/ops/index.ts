/**
 * The op table: every op of every level, by its name in the text form. Everything that is generic over ops (printer, parser,
 * verifier, builder, evaluator, CSE, DCE) is driven by it.
 */
import type { OpDef } from '../op.ts'
import { hostPlanOps, kernelOps } from './kernel/index.ts'
import { policyOps } from './policy/index.ts'
import { scalarOps } from './scalar/index.ts'
import { sparseOps } from './sparse/index.ts'

export const ops = {
  ...scalarOps,
  ...policyOps,
  ...sparseOps,
  ...kernelOps,
  ...hostPlanOps,
} as const satisfies Record<string, OpDef>
