/** Evaluating `.pir` text in tests: inputs are nested lists, outputs come back as plain numbers. */
import type { EvalValue, TensorValue } from '../../compiler/ir/eval-value.ts'
import { evaluateFunc } from '../../compiler/ir/eval.ts'
import { tensorValue, scalarNumber } from '../../compiler/ir/eval/tensor-value.ts'
import type { Module } from '../../compiler/ir/node.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import { readModule } from '../../compiler/ir/text/parse.ts'
import type { DType, TensorType } from '../../compiler/ir/types.ts'
import { verifyModule } from '../../compiler/ir/verify.ts'

export type Nested = number | readonly Nested[]

export function moduleOf(text: string): Module {
  const { module, problems } = readModule(text, { ops })
  if (module === null) throw new Error(problems.map(({ problem }) => problem).join('\n'))
  const found = verifyModule(module, ops)
  if (found.length > 0) throw new Error(found.map((problem) => JSON.stringify(problem)).join('\n'))
  return module
}

export function shapeOf(value: Nested): number[] {
  return typeof value === 'number' ? [] : [value.length, ...(value[0] === undefined ? [] : shapeOf(value[0]))]
}

export const flatten = (value: Nested): number[] => (typeof value === 'number' ? [value] : value.flatMap(flatten))

export const tensorOf = (dtype: DType, axes: readonly string[], value: Nested, shape = shapeOf(value)): TensorValue =>
  tensorValue(dtype, axes, shape, Float64Array.from(flatten(value)))

export function nested(data: readonly number[], shape: readonly number[]): Nested {
  const [extent, ...rest] = shape
  if (extent === undefined) return data[0] as number
  const size = rest.reduce((product, each) => product * each, 1)
  return Array.from({ length: extent }, (_, i) => nested(data.slice(i * size, (i + 1) * size), rest))
}

const plain = (value: EvalValue): Nested | boolean =>
  value.kind === 'tensor'
    ? nested([...value.data], value.shape)
    : typeof value.value === 'boolean'
      ? value.value
      : scalarNumber(value)

export type Given = Readonly<Record<string, Nested | TensorValue | string | boolean>>

/** Runs the first entry. Numbers given for scalars are parameters; lists (or tensor values) are tensors. */
export function evaluateModule(
  module: Module,
  given: Given = {},
  extents: Readonly<Record<string, number>> = {},
): Record<string, Nested | boolean> {
  const func = module.funcs.find((each) => each.role === 'entry')
  if (func === undefined) throw new Error('no entry')
  const inputs = new Map<string, TensorValue>()
  const params = new Map<string, number | string | boolean>()
  for (const param of func.params) {
    const value = given[param.name]
    if (value === undefined) continue
    const type = param.type as TensorType
    if (param.type.kind === 'scalar') params.set(param.name, value as number | string | boolean)
    else
      inputs.set(
        param.name,
        typeof value === 'object' && 'kind' in value ? value : tensorOf(type.dtype, type.axes, value as Nested),
      )
  }
  const { outputs, states } = evaluateFunc(module, func, { inputs, params, extents: new Map(Object.entries(extents)) })
  return Object.fromEntries([...outputs, ...states].map(([name, value]) => [name, plain(value)]))
}

/** Runs `.pir` text: bare functions or a module. */
export const evaluateText = (
  text: string,
  given: Given = {},
  extents: Readonly<Record<string, number>> = {},
): Record<string, Nested | boolean> => evaluateModule(moduleOf(text), given, extents)
