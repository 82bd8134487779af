/** Loops through the passes of the policy level: every pass leaves the meaning as it is, and what it should do it does. */
import { describe, expect, test } from 'vitest'
import { countOps } from '../../../compiler/ir/count-ops.ts'
import { evaluateFunc } from '../../../compiler/ir/eval.ts'
import type { EvalValue, TensorValue } from '../../../compiler/ir/eval-value.ts'
import type { Module } from '../../../compiler/ir/node.ts'
import { ops } from '../../../compiler/ir/ops/index.ts'
import type { TensorType } from '../../../compiler/ir/types.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'
import { policyPipeline } from '../../../compiler/passes/pipelines.ts'
import { checkedModule } from '../../support/check-policy.ts'
import { random } from '../../support/differential.ts'
import { readSource } from '../../support/source-tree.ts'

const extents = { a: 2, b: 3, c: 9, d: 2, t: 7, row: 3, col: 5 }

function outputsOf(module: Module): ReadonlyMap<string, EvalValue> {
  const func = module.funcs.find(({ role }) => role === 'entry')!
  const next = random(7)
  const inputs = new Map<string, TensorValue>()
  for (const param of func.params) {
    if (param.type.kind !== 'tensor') continue
    const { axes, dtype } = param.type as TensorType
    const shape = axes.map((axis) => extents[axis as keyof typeof extents])
    const data = Float64Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => Math.round(next() * 64 - 32) / 4)
    inputs.set(param.name, { kind: 'tensor', dtype, axes, shape, data })
  }
  return evaluateFunc(module, func, { inputs, params: new Map(), extents: new Map(Object.entries(extents)) }).outputs
}

describe.each(['loops', 'loop-rows', 'loop-whole', 'loop-in-place'])('%s', (name) => {
  const module = checkedModule(readSource(`test/policies/${name}.prune`))
  const before = outputsOf(module)
  test.each(policyPipeline.map((pass, i) => [`${i} ${pass.name}`, i] as const))('means the same after %s', (_pass, i) => {
    const after = runPipeline(module, policyPipeline.slice(0, i + 1), { ops, verify: 'roundtrip' }).module
    expect(outputsOf(after)).toEqual(before)
  })
})

const fused = (value: string, before = ''): ReturnType<typeof runPipeline> =>
  runPipeline(
    checkedModule(
      `policy p(n: count = 3) {\n  entry e(X: f32[row, col], Y: f32[col]) {\n${before}\n    return y: ${value}\n  }\n}`,
    ),
    policyPipeline,
    { ops, verify: 'each' },
  )
const regionOf = ({ module }: ReturnType<typeof runPipeline>): Module['funcs'][number]['body']['nodes'][number] =>
  module.funcs[0]!.body.nodes.find(({ op }) => op === 'region')!

describe('fusion', () => {
  test('a loop runs row by row, with what feeds it and what reads it', () => {
    const result = fused('(iterate n times with (s = max[col](X)) { next s = s * 0.5 + min[col](X where X > s else 0) }) * 2')
    expect(countOps(result.module)['region']).toBe(1)
    expect(regionOf(result).attrs['grid']).toEqual(['row'])
  })
  test('an axis that a step reads across is no grid, and the remark says which op does', () => {
    const result = fused('iterate n times with (x = X) { next x = cumsum[col](x) }')
    expect(regionOf(result).attrs['grid']).toEqual(['row'])
    expect(result.remarks.filter(({ rule }) => rule === 'loop-rows').map(({ reason }) => reason)).toEqual([
      'every step of the loop is one kernel over (row); `scan` reads across (col), so what is carried is a row over it',
    ])
  })
  test('what is the same in every step is computed before the loop', () => {
    const { module } = fused('iterate n times with (s = 0) { next s = s + sum[col](X) * size(col) }')
    const loop = regionOf({ module } as ReturnType<typeof runPipeline>).regions[0]!.nodes.find(({ op }) => op === 'iterate')!
    expect(loop.regions[0]!.nodes.map(({ op }) => op)).not.toContain('reduce')
  })
  test('no steps are no loop', () => {
    expect(countOps(fused('iterate 0 times with (x = X) { next x = x * 2 }').module)['iterate']).toBeUndefined()
  })
  test('little gas leaves a loop that is still right', () => {
    const module = checkedModule(readSource('test/policies/loops.prune'))
    for (const gas of [0, 3, 9]) {
      const after = runPipeline(module, policyPipeline, { ops, verify: 'each', gas }).module
      expect(outputsOf(after)).toEqual(outputsOf(module))
    }
  })
})
