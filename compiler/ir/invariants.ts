/**
 * Named properties of a whole module, checked where a pass requires or establishes them. What must always hold is the
 * verifier's business (`verify.ts`); these hold from some pass on.
 */
import type { Module } from './node.ts'
import type { OpDef } from './op.ts'
import type { Problem } from './problem.ts'
import { funcNodes } from './walk.ts'

interface Invariant {
  readonly summary: string
  readonly check: (module: Module, ops: Readonly<Record<string, OpDef>>) => readonly Problem[]
}

const noNode =
  (why: string, offends: (def: OpDef) => boolean): Invariant['check'] =>
  (module, ops) =>
    module.funcs.flatMap((func) =>
      [...funcNodes(func)].flatMap((node) => {
        const def = ops[node.op]
        return def !== undefined && offends(def) ? [{ func: func.name, op: node.op, problem: why, span: node.span }] : []
      }),
    )

export const invariants = {
  'no-calls': {
    summary: 'no function calls another: each stands alone',
    check: noNode('a call is left', (def) => 'callee' in def.attrs),
  },
  'no-composites': {
    summary: 'every op is primitive: none has an expansion left',
    check: noNode('a composite op is left', (def) => def.expand !== undefined),
  },
} as const satisfies Record<string, Invariant>

export type InvariantName = keyof typeof invariants

/** Where the module breaks the invariant; empty when it holds. */
export function checkInvariant(name: InvariantName, module: Module, ops: Readonly<Record<string, OpDef>>): readonly Problem[] {
  return invariants[name].check(module, ops)
}
