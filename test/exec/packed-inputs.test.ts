/**
 * Operands that come packed, in every format: attention, contractions along both axes, reductions, arithmetic beside a dense
 * operand, and packing again. Packed by one entry, read by another, on WebAssembly; the evaluator reads the same elements dense.
 */
import { describe, expect, test } from 'vitest'
import { decodeToFloat32, encodeData } from '../../abi/dtype.ts'
import { countOps } from '../../compiler/ir/count-ops.ts'
import { evaluateFunc } from '../../compiler/ir/eval.ts'
import type { TensorValue } from '../../compiler/ir/eval-value.ts'
import { ops } from '../../compiler/ir/ops/index.ts'
import type { DType, TensorType } from '../../compiler/ir/types.ts'
import { runPipeline } from '../../compiler/passes/manager.ts'
import { policyPipeline } from '../../compiler/passes/pipelines.ts'
import { compilePolicy, instantiatePolicy, random } from '../support/differential.ts'

const formats: Readonly<Record<string, string>> = {
  'bitmap(64)': '(keep k of c by abs(X))',
  'bitmap(32)': '(keep k of c by X ties all)',
  indices: '(X > 0)',
  'nm(2, 4)': '(keep 2 of lane by X)',
}
const entries: Readonly<Record<string, string>> = {
  attend: `(Q: float[head, c], X, Y: FORMAT float[kv, t, c], M: bool[kv, t]) {
    return O: sum[t](softmax[t](sum[c](Q * X) * 0.3 where M) * Y) }`,
  parts: `(Q: float[head, c], X, Y: FORMAT float[kv, t, c], Z: float[kv, l, c]) {
    s = sum[c](Q * X)
    n = sum[c](Q * Z)
    m = max(max[t](s), max[l](n))
    e = exp(s - m)
    f = exp(n - m)
    return O: (sum[t](e * Y) + sum[l](f * Z)) / (sum[t](e) + sum[l](f)) }`,
  contract: '(X: FORMAT float[kv, t, c], Z: float[l, c]) { return O: sum[c](X * Z) }',
  across: '(X: FORMAT float[kv, t, c], M: float[kv, t]) { return O: sum[t](X * M), P: max[t](X), Q: sum[kv, t](abs(X)) }',
  dot: '(X, Y: FORMAT float[kv, t, c]) { return O: sum[c](X * Y), P: sum[t, c](X + Y) }',
  gathered: `(Q: float[head, c], X, Y: FORMAT float[kv, t, c], at: i32[kv, s]) {
    return O: sum[s](softmax[s](sum[c](Q * X[t = at])) * Y[t = at]), P: max[c](X[t = at]) }`,
  again: `(X: FORMAT float[kv, t, c], D: float[kv, t, c]) {
    return O: pack (X * D) by (keep k of c by abs(X * D)) as bitmap(64), P: X * 2 - D }`,
}
const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  small: { kv: 2, group: 3, t: 9, l: 4, quad: 2 },
  odd: { kv: 1, group: 5, t: 33, l: 1, quad: 17 },
  'no rows': { kv: 2, group: 2, t: 0, l: 3, quad: 2 },
  'no window': { kv: 3, group: 1, t: 5, l: 0, quad: 8 },
}

const policyText = (format: string, body: string): string => `
policy p(k: count = 3) {
  axes head = kv * group
  axes c = quad * lane(4)
  entry pack_one(X: float[kv, t, c]) { return P: pack X by ${formats[format]!} as ${format} }
  entry e${body.replaceAll('FORMAT', format)}
}`

async function difference(format: string, body: string, extents: ReadonlyMap<string, number>, dtype: DType): Promise<number> {
  const compiled = await compilePolicy({
    text: policyText(format, body),
    dtypes: (_entry, input) => ((input === 'M' && body.includes('M: bool')) || input === 'at' ? null : dtype),
  })
  const policy = await instantiatePolicy(compiled)
  const func = compiled.policyModule.funcs.find((one) => one.name === 'e')!
  const next = random(7)
  const given: Record<string, Parameters<typeof policy.call>[1][string]> = {}
  const values = new Map<string, TensorValue>()
  for (const param of func.params.filter(({ role }) => role === 'input')) {
    const type = param.type as TensorType
    const shape = type.axes.map((axis) => extents.get(axis)!)
    const declared = param.axes.map(({ atoms }) => atoms.map((atom) => extents.get(atom)!).reduce((x, y) => x * y, 1))
    const size = shape.reduce((x, y) => x * y, 1)
    const draw = (): number =>
      // Positions: now and then one before or behind the rows.
      type.dtype === 'i32'
        ? Math.floor(next() * (extents.get('t')! + 2)) - 1
        : type.dtype === 'bool'
          ? Number(next() < 0.6)
          : next() * 4 - 2
    const raw = Array.from({ length: size }, draw)
    const tensor = { data: encodeData(type.dtype, raw), shape: declared, dtype: type.dtype }
    const input = type.packing === undefined ? tensor : policy.call('pack_one', { X: tensor })['P']!
    given[param.name] = input
    const dense =
      type.packing === undefined ? storedValues(type.dtype, raw) : (input as { toFloat32(): Float32Array }).toFloat32()
    values.set(param.name, { kind: 'tensor', dtype: type.dtype, axes: type.axes, shape, data: Float64Array.from(dense) })
  }
  const expected = evaluateFunc(compiled.policyModule, func, { inputs: values, params: new Map(), extents })
  const got = policy.call('e', given)
  return Math.max(
    0,
    ...[...expected.outputs].map(([name, value]) => largestDifference((value as TensorValue).data, got[name]!.toFloat32())),
  )
}

/** The numbers that are stored for `raw`. */
function storedValues(dtype: DType, raw: readonly number[]): ArrayLike<number> {
  return dtype === 'bool' || dtype === 'i32' ? raw : decodeToFloat32(dtype, encodeData(dtype, raw))
}

function largestDifference(expected: Float64Array, got: Float32Array): number {
  if (expected.length !== got.length) return Infinity
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(Number.isFinite(x) ? x : 0)), 1)
  return expected.reduce((most, x, i) => (Object.is(x, got[i]) ? most : Math.max(most, Math.abs(x - got[i]!) / scale)), 0)
}

describe.each(Object.keys(formats))('%s', (format) => {
  describe.each(Object.entries(entries))('%s', (_name, body) => {
    test.each(Object.keys(sizes))('%s', async (size) => {
      const given = sizes[size]!
      const extents = new Map(Object.entries({ ...given, s: 6, lane: 4, c: 4 * given.quad!, head: given.kv! * given.group! }))
      expect(await difference(format, body, extents, 'f32')).toBeLessThan(1e-5)
      expect(await difference(format, body, extents, 'f16')).toBeLessThan(2e-3)
    })

    test('is decoded row by row', async () => {
      const { policyModule } = await compilePolicy({ text: policyText(format, body) })
      const { module } = runPipeline(policyModule, policyPipeline, { ops })
      expect(countOps(module)['e/region/unpack']).toBe(body.includes('X, Y: FORMAT') ? 2 : 1)
      // What a region yields is in memory: no dense copy of an operand is.
      const entry = module.funcs.find((func) => func.name === 'e')!
      const made = entry.body.nodes.flatMap((node) => {
        const block = node.regions[0]
        return block === undefined
          ? []
          : block.nodes.filter(({ op, results }) => op === 'unpack' && block.yields.includes(results[0]!.id))
      })
      expect(made).toEqual([])
    })
  })
})
