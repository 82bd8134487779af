/**
 * Makes an elementwise op from its meaning on doubles and, where that makes sense, on exact numbers: the type rule at all
 * three levels, the evaluator and the example follow from the family the op belongs to.
 */
import type { Rational } from '../../../../abi/rational.ts'
import { elementwiseEval, type BinaryRun } from '../../eval/elementwise.ts'
import type { Level } from '../../node.ts'
import type { OpDef, Trait, TypeProblem } from '../../op.ts'
import { scalar, tensor, type Type } from '../../types.ts'
import { families, type Family } from './families.ts'
import { denseProblem, isMachine, isTensor, isTypeProblem, mergeAxes, problem } from '../type-rules.ts'

export interface ElementwiseSpec<N extends string> {
  readonly name: N
  readonly summary: string
  readonly operands: readonly string[]
  readonly family: Family
  /** On doubles; truth values are 0 and 1. i32 and u32 results are wrapped to 32 bits afterwards. */
  readonly number: (...args: number[]) => number
  /** The loop of a binary op that contractions are made of. */
  readonly run?: BinaryRun
  /** On 32-bit integers, where wrapping the double would lose bits or where the meaning differs. */
  readonly integer?: (...args: number[]) => number
  /** On exact host scalars. Without it they are computed as doubles. May throw RangeError: no answer. */
  readonly exact?: (...args: Rational[]) => Rational | boolean
  readonly traits?: readonly Trait[]
  readonly zero?: 'preserves' | 'annihilates' | 'unknown'
  readonly levels?: readonly Level[]
  readonly example?: string
}

export function defineElementwise<const N extends string>(spec: ElementwiseSpec<N>): OpDef & { readonly name: N } {
  return {
    name: spec.name,
    summary: spec.summary,
    levels: spec.levels ?? ['policy', 'sparse', 'kernel'],
    operands: spec.operands,
    attrs: {},
    traits: ['pure', 'elementwise', ...(spec.traits ?? [])],
    zero: spec.zero ?? 'unknown',
    infer: (types) => inferElementwise(spec.family, spec.operands.length, types),
    eval: elementwiseEval({
      number: spec.number,
      run: spec.run ?? null,
      integer: spec.integer ?? null,
      exact: spec.exact ?? null,
    }),
    example: spec.example ?? exampleOf(spec),
  }
}

/** The type rule of a family, for ops that need a record of their own. */
export function inferElementwise(name: Family, arity: number, types: readonly (Type | null)[]): readonly Type[] | TypeProblem {
  const family = families[name]
  if (types.length !== arity || types.includes(null))
    return problem(`takes ${arity} operand${arity === 1 ? '' : 's'}, not ${types.length}`)
  if (types.every(isMachine)) {
    const machine = family.machine(types)
    return isTypeProblem(machine) ? machine : [machine]
  }
  const refusal = denseProblem(types)
  if (refusal !== null) return refusal
  const tensors = types.filter(isTensor)
  if (tensors.length === 0) {
    const kind = family.scalar(types)
    return typeof kind === 'string' ? [scalar(kind)] : kind
  }
  const dtypes = family.tensor(types)
  return isTypeProblem(dtypes) ? dtypes : [tensor(dtypes.result, mergeAxes(tensors.map((type) => type.axes)))]
}

function exampleOf(spec: ElementwiseSpec<string>): string {
  const { operand, result } = families[spec.family].example
  const params = spec.operands.map((name, at) => `%${at} ${name}: ${operand}[row] input`).join(', ')
  const args = spec.operands.map((_, at) => `%${at}`).join(', ')
  const id = spec.operands.length
  return `entry example(${params}) axes(row) {
  %${id} = ${spec.name}(${args}) : ${result}[row]
  return out = %${id}
}`
}
