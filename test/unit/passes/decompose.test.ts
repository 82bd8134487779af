/** The decompose pass: composites spelled out mean the same. */
import { expect, test } from 'vitest'
import { ops } from '../../../compiler/ir/ops/index.ts'
import { decompose } from '../../../compiler/passes/decompose.ts'
import { runPipeline } from '../../../compiler/passes/manager.ts'
import { moduleOf } from '../../support/evaluate-text.ts'

const run = (body: string): ReturnType<typeof runPipeline> =>
  runPipeline(moduleOf(`entry e(%0 x: i32[row, col] input, %1 m: bool[row] input) axes(row, col) { ${body} }`), [decompose], {
    ops,
    verify: 'roundtrip',
  })

test('no composite is left, and each is remarked', () => {
  const { module, remarks } = run(`
    %2 = softmax(%0, %1) {axes = ["col"]}
    %3 = variance(%2, _, _) {axes = ["row"], ddof = 1}
    %4 = logsumexp(%3, _, _) {axes = ["col"]}
    return out = %4`)
  const composites = Object.values(ops)
    .filter((def) => 'expand' in def)
    .map((def) => def.name)
  expect(composites).toEqual(expect.arrayContaining(['mean', 'variance', 'norm', 'logsumexp', 'softmax']))
  const left = module.funcs[0]!.body.nodes.map((node) => node.op)
  expect(left.filter((op) => (composites as string[]).includes(op))).toEqual([])
  expect(remarks.map(({ reason }) => reason)).toEqual([
    'softmax is spelled out',
    'variance is spelled out',
    'logsumexp is spelled out',
  ])
})

test('integers are taken to f32 first', () => {
  const { module } = run('%2 = norm(%0, _, _) {axes = ["col"]} return out = %2')
  expect(module.funcs[0]!.body.nodes.map((node) => node.op)).toEqual(['convert', 'mul', 'reduce', 'sqrt'])
})

test('a mask over fewer axes is counted over its own', () => {
  const { module } = run('%2 = mean(%0, %1, _) {axes = ["row", "col"]} return out = %2')
  const counts = module.funcs[0]!.body.nodes.filter((node) => node.attrs['kind'] === 'count')
  expect(counts.map((node) => node.attrs['axes'])).toEqual([['row']])
  expect(module.funcs[0]!.body.nodes.filter((node) => node.op === 'size').map((node) => node.attrs['axis'])).toEqual(['col'])
})

test('a module without composites is itself', () => {
  const module = moduleOf('entry e(%0 x: f32[row] input) axes(row) { %1 = abs(%0) return out = %1 }')
  expect(runPipeline(module, [decompose], { ops, verify: 'each' }).module).toBe(module)
})
