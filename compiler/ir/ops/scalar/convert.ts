/**
 * `convert`: the same number in another dtype. To integers it truncates towards zero and saturates, NaN becoming 0; to f16
 * and bf16 it rounds to nearest even; to bool it says whether the number is not zero. Host scalars become int, ratio or real.
 */
import { convertValue } from '../../eval/convert.ts'
import { attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, machine, scalar, tensor, type DType, type MachineDType, type ScalarKind, type Type } from '../../types.ts'
import { denseProblem, describe, isMachine, isScalar, isTensor, problem } from '../type-rules.ts'

const DTYPES: readonly string[] = ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool'] satisfies DType[]
const MACHINE: readonly string[] = ['f32', 'f64', 'i32', 'u32', 'i64', 'bool'] satisfies MachineDType[]
const KINDS: readonly string[] = ['int', 'ratio', 'real', 'bool'] satisfies ScalarKind[]

/** The kind of host scalar a conversion gives; dtypes stand for the kind that holds their values. */
export function scalarKindOf(to: string): ScalarKind | null {
  if (KINDS.includes(to)) return to as ScalarKind
  if (!DTYPES.includes(to)) return null
  const dtype = computeDType(to as DType)
  return dtype === 'f32' ? 'real' : dtype === 'bool' ? 'bool' : 'int'
}

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const [x] = types
  const to = attrString(attrs, 'to')
  if (isMachine(x))
    return MACHINE.includes(to) ? [machine(to as MachineDType, x.lanes)] : problem(`there is no machine dtype ${to}`)
  const refusal = denseProblem(types)
  if (refusal !== null) return refusal
  if (isTensor(x)) return DTYPES.includes(to) ? [tensor(to as DType, x.axes)] : problem(`a tensor has no dtype ${to}`)
  const kind = scalarKindOf(to)
  return isScalar(x) && kind !== null ? [scalar(kind)] : problem(`${describe(x)} does not become ${to}`, 0)
}

export const convert = defineOp({
  name: 'convert',
  summary: 'The same number in another dtype: truncating and saturating to integers, rounding to nearest even to f16 and bf16.',
  levels: ['policy', 'sparse', 'kernel'],
  operands: ['x'],
  attrs: { to: 'string' },
  traits: ['pure', 'elementwise'],
  zero: 'preserves',
  infer,
  eval: ([x], node) => [convertValue(x, node)],
  example: `entry example(%0 x: f32[row] input) axes(row) {
  %1 = convert(%0) {to = "i32"} : i32[row]
  return out = %1
}`,
})
