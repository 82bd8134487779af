/**
 * Streaming softmax over packed operands, on the evaluator as written and on WebAssembly as streamed: masks, joined parts, heads
 * that share their values, empty and odd extents, scores and values that are infinite or NaN.
 */
import { describe, expect, test } from 'vitest'
import { countOps } from '../../compiler/ir/count-ops.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import type { DType } from '../../compiler/ir/types.ts'
import { runPipeline } from '../../compiler/passes/manager.ts'
import { policyPipeline } from '../../compiler/passes/pipelines.ts'
import { compilePolicy, differences } from '../support/differential.ts'
import { bodies, entry, masks, sizes, special } from '../support/streamed-softmax-cases.ts'

describe.each(Object.entries(bodies))('%s', (_name, [body, folds]) => {
  const text = entry(`    ${body}`)
  const cases = Object.keys(sizes).flatMap((size) => Object.keys(masks).map((mask) => ({ size, mask })))
  const run = (size: string, mask: string, options: { palette?: readonly number[]; dtype?: DType; tolerance?: number }) =>
    differences({
      text,
      extents: sizes[size]!,
      calls: [{ entry: 'e', ...(masks[mask] === null ? {} : { data: { M: masks[mask]!, N: masks[mask]! } }) }],
      ...(options.palette === undefined ? {} : { palette: options.palette }),
      ...(options.tolerance === undefined ? {} : { tolerance: options.tolerance }),
      dtypes: (_entry, input) => (['M', 'N'].includes(input) ? null : (options.dtype ?? 'f32')),
    })

  test.each(cases)('$size, masks $mask', async ({ size, mask }) => {
    expect(await run(size, mask, {})).toEqual([])
  })

  test.each(['f16', 'bf16'] as const)('%s', async (dtype) => {
    expect(await run('odd', 'random', { dtype })).toEqual([])
  })

  test('infinite and NaN scores and values', async () => {
    expect(await run('small', 'random', { palette: special })).toEqual([])
    expect(await run('odd', 'none', { palette: special })).toEqual([])
  })

  test('is streamed', async () => {
    const { policyModule } = await compilePolicy({ text })
    const { module } = runPipeline(policyModule, policyPipeline, { ops })
    expect(countOps(module).fold_softmax).toBe(folds)
  })
})

test.each([
  ['rising', (i: number) => i * 40 - 200],
  ['falling', (i: number) => 200 - i * 40],
  ['rising from below', (i: number) => (i < 3 ? -300 : i * 50)],
] as const)('scores %s by more than exp can hold', async (_name, score) => {
  const t = 9
  const found = await differences({
    text: entry('    return O: sum[t](softmax[t](s) * PV), l: lse[t](s)'),
    extents: { kv: 1, group: 2, t, l: 0, d: 4 },
    calls: [
      { entry: 'e', data: { Q: [1, 0, 0, 0], K: Array.from({ length: t * 4 }, (_, i) => (i % 4 === 0 ? score(i / 4) : 0)) } },
    ],
    dtypes: () => 'f32',
  })
  expect(found).toEqual([])
})
