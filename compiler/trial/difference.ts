/** Whether two results are the same: masks, whole numbers and what is packed exactly, the rest within a tolerance. */
import { isRational, toNumber } from '../../abi/rational.ts'
import type { EvalOutputs } from '../ir/eval.ts'
import type { EvalValue, TensorValue } from '../ir/eval-value.ts'
import { isFloat } from '../ir/types.ts'

/** The first difference in words, null when there is none. `tolerance` is relative to the largest number of a tensor. */
export function firstDifference(expected: EvalOutputs, got: EvalOutputs, tolerance: number): string | null {
  for (const [what, kind] of [
    ['outputs', ''],
    ['states', 'state '],
  ] as const)
    // prettier-ignore
    for (const [name, value] of expected[what]) {
      const other = got[what].get(name)
      const found = other === undefined ? 'is missing' : valueDifference(value, other, tolerance)
      if (found !== null) return `${kind}${name} ${found}`
    }
  return null
}

function valueDifference(expected: EvalValue, got: EvalValue, tolerance: number): string | null {
  const [x, y] = [asTensor(expected), asTensor(got)]
  if (x.data.length !== y.data.length) return `has ${y.data.length} elements, not ${x.data.length}`
  const moved = x.packed?.mask.findIndex((kept, at) => (kept !== 0) !== ((y.packed?.mask[at] ?? 1) !== 0)) ?? -1
  if (moved >= 0) return `${x.packed?.mask[moved] === 0 ? 'keeps' : 'drops'} element ${placeText(x, moved)}`
  const largest = x.data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0)
  const allowed = isFloat(x.dtype) ? tolerance * largest : 0
  const wrong = x.data.findIndex((value, at) => !agrees(value, y.data[at]!, allowed))
  return wrong < 0 ? null : `at ${placeText(x, wrong)} is ${y.data[wrong]}, not ${x.data[wrong]}`
}

const agrees = (x: number, y: number, allowed: number): boolean =>
  x === y || (Number.isNaN(x) && Number.isNaN(y)) || Math.abs(x - y) <= allowed || Math.fround(x) === y

function asTensor(value: EvalValue): TensorValue {
  if (value.kind === 'tensor') return value
  const number = isRational(value.value) ? toNumber(value.value) : Number(value.value)
  return { kind: 'tensor', dtype: 'f32', axes: [], shape: [], data: Float64Array.of(number) }
}

/** `[row 1, column 3]` */
function placeText({ axes, shape }: TensorValue, at: number): string {
  let rest = at
  const parts = [...axes.entries()].reverse().map(([dim, axis]) => {
    const position = rest % (shape[dim] ?? 1)
    rest = Math.floor(rest / (shape[dim] ?? 1))
    return `${axis} ${position}`
  })
  return `[${parts.reverse().join(', ')}]`
}
