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

const packed = `
    PK = pack K by (keep k of d by abs(K)) as bitmap(64)
    PV = pack V by (V >= 0) as indices
    s = sum[d](Q * PK)`
const entry = (body: string): string => `
policy p(k: count = 3) {
  axes head = kv * group
  entry e(Q: float[head, d], K, V: float[kv, t, d], KL, VL: float[kv, l, d], M: bool[t], N: bool[kv, t]) {${packed}
${body}
  }
}`

/** Bodies, and how many folds each is streamed by. */
const bodies: Readonly<Record<string, readonly [body: string, folds: number]>> = {
  softmax: ['return O: sum[t](softmax[t](s) * PV)', 1],
  masked: ['return O: sum[t](softmax[t](s where M) * PV)', 1],
  'masked per row': ['return O: sum[t](softmax[t](s where N and index(t) > 1) * PV), l: sum[t](softmax[t](s where M))', 2],
  'masked values': ['p = softmax[t](s)\n return O: sum[t](p * PV where M), Q: sum[t](p * PV * V where N)', 3],
  'by hand': ['e = exp(s - max[t](s))\n return O: sum[t](e * PV) / sum[t](e)', 1],
  'by hand, masked': ['e = exp(s - max[t](s where M else 0))\n return O: sum[t](e * PV where M) / sum[t](e where M)', 1],
  lse: ['return O: lse[t](s)', 1],
  'as a part': [
    `n = sum[d](Q * KL)
    m = max(max[t](s), max[l](n))
    e = exp(s - m)
    f = exp(n - m)
    total = sum[t](e) + sum[l](f)
    return O: (sum[t](e * PV) + sum[l](f * VL)) / total, far: sum[t](e * PV), near: sum[l](f)`,
    1,
  ],
  'two packed parts, masked': [
    `n = sum[d](Q * (unpack (pack KL by (keep k of d by KL) as bitmap(32))))
    m = max(max[t](s where M else -inf), max[l](n))
    e = exp(s - m)
    f = exp(n - m)
    total = sum[t](e where M) + sum[l](f)
    return O: sum[t](e / total * PV where M) + sum[l](f / total * VL)`,
    2,
  ],
  'no value axes': ['return O: sum[t](softmax[t](s) * sum[d](V)), l: sum[t](softmax[t](s) * index(t))', 1],
}

const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  small: { kv: 2, group: 3, t: 9, l: 4, d: 7 },
  odd: { kv: 1, group: 5, t: 33, l: 1, d: 67 },
  'no prefix': { kv: 2, group: 2, t: 0, l: 3, d: 8 },
  'no window': { kv: 2, group: 1, t: 5, l: 0, d: 8 },
  'nothing at all': { kv: 2, group: 2, t: 0, l: 0, d: 4 },
}
const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2, -2, 0.5]
const masks: Readonly<Record<string, readonly number[] | null>> = { random: null, none: [0], all: [1] }

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
