/** Linear algebra ops, one matrix per grid point. */
import type { Node } from '../../ir/node.ts'
import { emitEigh } from './linear/eigen.ts'
import { emitLstsq } from './linear/least-squares.ts'
import { LinearProblem, type Memory } from './linear/problem.ts'
import { emitCholesky, emitSolve } from './linear/triangular.ts'
import type { Env, RegionContext } from './region-context.ts'

const LOWERINGS: Readonly<Record<string, (problem: LinearProblem) => void>> = {
  cholesky: emitCholesky,
  solve: emitSolve,
  lstsq: emitLstsq,
  eigh: emitEigh,
}

export const isLinear = (node: Node): boolean => Object.hasOwn(LOWERINGS, node.op)

export function emitLinear(ctx: RegionContext, node: Node, memory: Memory, env: Env): void {
  LOWERINGS[node.op]?.(new LinearProblem(ctx, node, memory, env))
}
