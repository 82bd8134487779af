/** The example of every op above kernel level has a value, of the type it says. (That examples parse and verify: test/ir.) */
import { expect, test } from 'vitest'
import { rational } from '../../../abi/rational.ts'
import { evaluateFunc } from '../../../compiler/ir/eval.ts'
import type { TensorValue } from '../../../compiler/ir/eval-value.ts'
import type { FuncParam, Level } from '../../../compiler/ir/node.ts'
import type { OpDef } from '../../../compiler/ir/op.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { readModule } from '../../../compiler/ir/text/parse.ts'
import type { TensorType } from '../../../compiler/ir/types.ts'
import { typesOf } from '../../../compiler/ir/walk.ts'

const extent = 4
const table: Readonly<Record<string, OpDef>> = ops
const host: readonly Level[] = ['policy', 'sparse']
const examples = Object.values(table).filter((def) => def.levels.some((level) => host.includes(level)))

/** 0, 1, 2, 3, 0, …: fits every dtype, and as positions every axis. */
function inputFor({ dtype, axes, packing }: TensorType): TensorValue {
  const shape = axes.map(() => extent)
  const size = extent ** axes.length
  const kept = (at: number): boolean => packing === undefined || at % 2 === 0
  const data = Float64Array.from({ length: size }, (_, at) => (kept(at) ? (dtype === 'bool' ? at % 2 : at % extent) : 0))
  const dense: TensorValue = { kind: 'tensor', dtype, axes, shape, data }
  return packing === undefined
    ? dense
    : { ...dense, packed: { packing, mask: Uint8Array.from(data, (_, at) => Number(kept(at))) } }
}

const scalarFor = ({ type }: FuncParam): ReturnType<typeof rational> | boolean | number => {
  const kind = type.kind === 'scalar' ? type.scalar : 'int'
  return kind === 'bool' ? true : kind === 'real' ? 0.5 : kind === 'ratio' ? rational(1, 2) : rational(2)
}

test.each(examples.map((def) => [def.name, def] as const))('%s', (_name, def) => {
  const level = def.levels.find((each) => host.includes(each)) ?? 'policy'
  const { module, problems } = readModule(def.example, { ops, level })
  if (module === null) throw new Error(problems.map(({ problem }) => problem).join('; '))
  const func = module.funcs.find(({ role }) => role === 'entry')
  if (func === undefined) throw new Error('the example has no entry')
  const tensors = func.params.flatMap((param) =>
    param.type.kind === 'tensor' ? [[param.name, inputFor(param.type)] as const] : [],
  )
  const scalars = func.params.flatMap((param) => (param.type.kind === 'scalar' ? [[param.name, scalarFor(param)] as const] : []))
  const bound = new Map(func.axes.flatMap(({ name, extent: { kind } }) => (kind === 'bound' ? [[name, extent] as const] : [])))
  const { outputs } = evaluateFunc(module, func, { inputs: new Map(tensors), params: new Map(scalars), extents: bound })
  expect(outputs.size).toBe(func.outputs.length)
  const types = typesOf(func)
  for (const { name, value } of func.outputs) {
    const [type, result] = [types.get(value), outputs.get(name)]
    expect(result?.kind).toBe(type?.kind)
    if (result?.kind !== 'tensor' || type?.kind !== 'tensor') continue
    expect([result.dtype, result.axes, result.packed?.packing]).toEqual([type.dtype, type.axes, type.packing])
    expect(result.data.length).toBe(result.shape.reduce((product, each) => product * each, 1))
  }
})
