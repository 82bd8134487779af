/** Evaluation of conversions: between storage dtypes, between kinds of host scalars, and of values to a wanted tensor type. */
import { trunc, isRational } from '../../../abi/rational.ts'
import type { EvalValue, ScalarValue, TensorValue } from '../eval-value.ts'
import type { Node } from '../node.ts'
import type { DType, ScalarKind } from '../types.ts'
import { EvalError } from './eval-error.ts'
import { store } from './storage.ts'
import { allocate, asTensor, scalarNumber, scalarOf, scalarValue, tensorValue } from './tensor-value.ts'

export function convertTensor(value: TensorValue, dtype: DType): TensorValue {
  if (value.dtype === dtype || dtype === 'f32') return { ...value, dtype }
  const data = allocate(value.shape)
  for (let at = 0; at < data.length; at++) data[at] = store(value.data[at] as number, dtype)
  return tensorValue(dtype, value.axes, value.shape, data)
}

function convertScalar(value: ScalarValue, kind: ScalarKind): ScalarValue {
  if (kind === 'real') return scalarValue(scalarNumber(value))
  if (kind === 'int' && isRational(value.value)) return scalarValue(trunc(value.value))
  if (kind === 'ratio' && isRational(value.value)) return value
  const number = scalarNumber(value)
  return scalarOf(kind, kind === 'int' ? Math.trunc(number) : number)
}

export function convertValue(value: EvalValue | null | undefined, node: Node): EvalValue {
  const type = node.results[0]?.type
  if (value?.kind === 'scalar' && type?.kind === 'scalar') return convertScalar(value, type.scalar)
  if (value != null && type?.kind === 'tensor') return convertTensor(asTensor(value, 'f32'), type.dtype)
  throw new EvalError('this conversion is not evaluated')
}
