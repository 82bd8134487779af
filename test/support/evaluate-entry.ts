/** One entry of a compiled policy on the reference evaluator, from plain data: what other formulations are compared with. */
import type { CompiledPolicy } from '../../compiler/driver.ts'
import type { TensorValue } from '../../compiler/ir/eval-value.ts'
import { evaluateFunc } from '../../compiler/ir/eval.ts'
import type { TensorType } from '../../compiler/ir/types.ts'
import type { Params } from '../../host/runtime/types.ts'
import { carriedStates, chooseVariant, extentOf } from './differential.ts'

export interface Evaluated {
  readonly outputs: ReadonlyMap<string, TensorValue>
  /** To be given to the next call. */
  readonly states: ReadonlyMap<string, TensorValue>
}

/** @param inputs elements by input, row-major; an output of an earlier call is taken as it is */
export function evaluateEntry(
  compiled: CompiledPolicy,
  entry: string,
  inputs: Readonly<Record<string, ArrayLike<number> | TensorValue>>,
  params: Params,
  extentsByName: Readonly<Record<string, number>>,
  states: ReadonlyMap<string, TensorValue> = new Map(),
): Evaluated {
  const func = chooseVariant(compiled, entry, params)
  const extents = new Map(Object.entries(extentsByName))
  const values = func.params
    .filter(({ role }) => role === 'input')
    .map((param): [string, TensorValue] => {
      const { axes, dtype, packing } = param.type as TensorType
      const given = inputs[param.name]
      if (given === undefined) throw new Error(`the test gives no input ${param.name}`)
      if ('kind' in given) {
        const packed = given.packed === undefined || packing === undefined ? {} : { packed: { ...given.packed, packing } }
        return [param.name, { ...given, ...packed }]
      }
      const shape = axes.map((axis) => extentOf(axis, extents))
      return [param.name, { kind: 'tensor', dtype, axes, shape, data: Float64Array.from(given) }]
    })
  const { outputs, states: changed } = evaluateFunc(compiled.policyModule, func, {
    inputs: new Map([...carriedStates(func, states, extents), ...values]),
    params: new Map(Object.entries(params) as [string, number | string | boolean][]),
    extents,
  })
  return { outputs: outputs as ReadonlyMap<string, TensorValue>, states: new Map([...states, ...changed]) }
}
